namespace ImageFactory.Assembly.Tree;

/// <summary>Where the bytes of a file are. A reference, so that a tree of gigabytes costs no memory.</summary>
internal abstract record TreeContent(long Length)
{
    public static readonly TreeContent Empty = new InlineContent(ReadOnlyMemory<byte>.Empty);

    /// <exception cref="IOException">What it refers to is gone.</exception>
    public abstract Stream Open();
}
