using ImageFactory.Registry.Content;

namespace ImageFactory.Registry.Pushing;

/// <summary>Fills a span completely from an offset on; called again for the same bytes when they must be sent again.</summary>
public delegate void BlobReader(long offset, Span<byte> destination);

/// <summary>A blob that is to be in a repository.</summary>
/// <param name="Descriptor">Its digest is known before it is sent: what is there already is not sent.</param>
public sealed record BlobToPush(Descriptor Descriptor, BlobReader Read)
{
    /// <summary>A small one, from memory.</summary>
    public static BlobToPush Of(Descriptor descriptor, ReadOnlyMemory<byte> content) =>
        new(descriptor, (offset, destination) => content.Span.Slice((int)offset, destination.Length).CopyTo(destination));
}
