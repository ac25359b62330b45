using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Publishing;

/// <summary>An image that was made: a file, seen as a disk.</summary>
/// <param name="Description">What is known of it from its recipe.</param>
/// <param name="File">Path of the image file, raw or qcow2 (known by its content).</param>
/// <param name="Digest">SHA-256 of the file: its identity for everything that is published.</param>
public sealed record PublishableImage(ImageDescription Description, string File, Sha256 Digest)
{
    /// <summary>Files that belong to it, by kind: <c>manifest</c>, <c>measurements</c>, <c>sbom</c>. Only some destinations take them.</summary>
    public IReadOnlyDictionary<string, string> Attachments { get; init; } = new Dictionary<string, string>();

    /// <summary>The disk as ranges of data and holes. Each caller opens its own and disposes it; it may be read by several threads.</summary>
    /// <exception cref="FactoryException">IFI1xx: the file cannot be read or is damaged.</exception>
    public IExtentSource OpenDisk() => DiskImage.Open(File);
}
