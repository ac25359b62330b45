namespace ImageFactory.Assembly.Tree;

/// <summary>A range of a file on this machine: of an uncompressed tar, or a whole file.</summary>
internal sealed record FileContent(string Path, long Offset, long Length) : TreeContent(Length)
{
    public override Stream Open() => new FileRangeStream(this);
}
