namespace ImageFactory.Assembly.Tree;

/// <summary>What a name in a root file system stands for. A hard link is no type: it is a second name of the same entry.</summary>
internal enum TreeEntryType
{
    File,
    Directory,
    SymbolicLink,
    CharacterDevice,
    BlockDevice,
    Fifo,
}
