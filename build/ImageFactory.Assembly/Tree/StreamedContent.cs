namespace ImageFactory.Assembly.Tree;

/// <summary>Bytes that come from elsewhere while they are written, and are read asynchronously, to their end and once.</summary>
internal sealed record StreamedContent(Func<Stream> Source, long Length) : TreeContent(Length)
{
    public override Stream Open() => Source();
}
