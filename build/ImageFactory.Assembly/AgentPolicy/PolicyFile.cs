namespace ImageFactory.Assembly.AgentPolicy;

/// <summary>Something that the policy puts into the root tree: a file of mode 0644 or a symbolic link, owned by root.</summary>
/// <param name="Path">Absolute, inside the image.</param>
public abstract record PolicyFile(string Path);

public sealed record PolicyContent(string Path, ReadOnlyMemory<byte> Content) : PolicyFile(Path);

/// <param name="Path">Absolute, inside the image.</param>
/// <param name="Target">Relative to the folder of the link.</param>
public sealed record PolicyLink(string Path, string Target) : PolicyFile(Path);
