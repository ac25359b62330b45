namespace ImageFactory.Pipeline.Running;

/// <summary>A place for work folders, and the free bytes without which it is not used.</summary>
public sealed record WorkRoot(string Path, long NeededBytes);
