using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Model;
using ImageFactory.Trust.Keys;
using ImageFactory.Trust.Statements;

namespace ImageFactory.Publishing;

/// <summary>An image that was made: a file, seen as a disk.</summary>
/// <param name="Description">What is known of it from its recipe.</param>
/// <param name="File">Path of the image file, raw or qcow2 (known by its content).</param>
/// <param name="Digest">SHA-256 of the file: its identity for everything that is published.</param>
public sealed record PublishableImage(ImageDescription Description, string File, Sha256 Digest)
{
    /// <summary>What else was made for it. Only some destinations take it.</summary>
    public IReadOnlyList<Attachment> Attachments { get; init; } = [];

    /// <summary>How it is signed where it is put; null: it is not. Only registries take signatures.</summary>
    public ImageSigning? Signing { get; init; }

    /// <summary>The disk as ranges of data and holes. Each caller opens its own and disposes it; it may be read by several threads.</summary>
    /// <exception cref="FactoryException">IFI1xx: the file cannot be read or is damaged.</exception>
    public IExtentSource OpenDisk() => DiskImage.Open(File);
}

/// <summary>What a destination needs to sign an image as it lies there.</summary>
/// <param name="Provenance">States of things how they came to be.</param>
public sealed record ImageSigning(ISigner Signer, Func<IReadOnlyList<StatementSubject>, Statement> Provenance);

/// <summary>A small file that belongs to an image: measurements, reference values, a bill of materials, a signature.</summary>
/// <param name="Kind">As in the manifest: <c>measurements</c>, <c>reference-values</c>.</param>
/// <param name="Name">Of the file.</param>
/// <param name="Content">The same for the same image.</param>
public sealed record Attachment(string Kind, string Name, ReadOnlyMemory<byte> Content);
