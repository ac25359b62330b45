namespace ImageFactory.Pipeline.Platform;

internal enum FileKind
{
    File,
    Folder,
    Link,

    /// <summary>A device, pipe or socket: nothing that a store can keep.</summary>
    Special,
}
