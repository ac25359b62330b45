namespace ImageFactory.Images;

/// <summary>What a file system keeps of a name, but its content.</summary>
/// <param name="Path">Absolute; the root is <c>/</c>.</param>
/// <param name="Mode">Type and permissions, as stat(2) has them.</param>
/// <param name="Xattrs">Name, with its name space, to value.</param>
public sealed record FileSystemEntry(string Path, int Mode, uint Uid, uint Gid, IReadOnlyDictionary<string, byte[]> Xattrs);
