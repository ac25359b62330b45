using System.Text.Json;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;

namespace ImageFactory.Publishing.Oci;

/// <summary>How a disk lies in a registry.</summary>
internal interface IOciForm
{
    /// <summary>The blob with the disk, its digest still to be found.</summary>
    DiskBlob Disk(PublishableImage image);

    /// <summary>The manifest, and the small blobs that it names beside the disk's.</summary>
    (byte[] Manifest, IReadOnlyList<BlobToPush> Others) Describe(PublishableImage image, Descriptor disk, IReadOnlyDictionary<string, string> annotations);
}

/// <summary>The largest blob of an image.</summary>
/// <param name="Known">Its digest, where it follows from that of the image.</param>
/// <param name="Open">What is open while it is read.</param>
internal sealed record DiskBlob(string MediaType, long Length, BlobReader Read, ContentDigest? Known, IDisposable Open) : IDisposable
{
    public string? Title { get; init; }

    public Descriptor DescriptorWith(ContentDigest digest) => new(MediaType, digest, Length) { Annotations = Blobs.Titled(Title) };

    public void Dispose() => Open.Dispose();
}

/// <summary>A container image whose first layer has <c>/image/podvm.qcow2</c> and whose second has <c>/image/measurements.json</c>.</summary>
internal sealed class ImageForm : IOciForm
{
    private const string Layer = "application/vnd.oci.image.layer.v1.tar";

    public DiskBlob Disk(PublishableImage image)
    {
        (long length, BlobReader read, _, IDisposable open) = Blobs.DiskOf(image);
        (long whole, BlobReader layer) = TarLayer.Of([(PodVmImageUri.DefaultPath[1..], length, read)]);
        return new DiskBlob(Layer, whole, layer, null, open);
    }

    public (byte[] Manifest, IReadOnlyList<BlobToPush> Others) Describe(PublishableImage image, Descriptor disk, IReadOnlyDictionary<string, string> annotations)
    {
        List<BlobToPush> others = [];
        if (Measurements.Of(image) is { } measurements)
        {
            (long length, BlobReader read) = Blobs.Memory(measurements.Content);
            (long size, BlobReader layer) = TarLayer.Of([("image/measurements.json", length, read)]);
            byte[] bytes = new byte[size];
            layer(0, bytes);
            others.Add(Blobs.Small(Layer, bytes));
        }

        Descriptor[] layers = [disk, .. others.Select(o => o.Descriptor)];
        BlobToPush config = Blobs.Small(MediaTypes.OciConfig, ManifestText.Config(image.Description.Architecture, layers));
        return (ManifestText.Manifest(config.Descriptor, layers, null, annotations), [.. others, config]);
    }
}

/// <summary>An artifact with the disk as a blob of its own type.</summary>
internal sealed class ArtifactForm(string type) : IOciForm
{
    private const string DiskType = "application/vnd.imagefactory.disk.qcow2";

    public DiskBlob Disk(PublishableImage image)
    {
        (long length, BlobReader read, bool isFile, IDisposable open) = Blobs.DiskOf(image);
        return new DiskBlob(DiskType, length, read, isFile ? ContentDigest.Parse("sha256:" + image.Digest.Hex) : null, open) { Title = "podvm.qcow2" };
    }

    public (byte[] Manifest, IReadOnlyList<BlobToPush> Others) Describe(PublishableImage image, Descriptor disk, IReadOnlyDictionary<string, string> annotations)
    {
        List<BlobToPush> others = [];
        if (Measurements.Of(image) is { } measurements)
            others.Add(Blobs.Small(AttachmentTypes.Of(measurements), measurements.Content, "measurements.json"));
        byte[] manifest = ManifestText.Manifest(ManifestText.EmptyDescriptor, [disk, .. others.Select(o => o.Descriptor)], type, annotations);
        return (manifest, [.. others, BlobToPush.Of(ManifestText.EmptyDescriptor, ManifestText.Empty)]);
    }
}

/// <summary>The measurements in the form that other tools read out of images and annotations.</summary>
internal static class Measurements
{
    private const string FileName = "measurements-pcr.json";
    private const string Prefix = "io.github.confidential-containers.measurements.";

    public static Attachment? Of(PublishableImage image) => image.Attachments.FirstOrDefault(a => a.Name == FileName);

    /// <summary>The algorithm and each value, as the reference annotates them.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Annotations(PublishableImage image)
    {
        if (Of(image) is not { } file)
            yield break;
        using JsonDocument document = JsonDocument.Parse(file.Content);
        yield return new(Prefix + "algorithm", "sha256");
        foreach (JsonProperty value in document.RootElement.GetProperty("measurements").GetProperty("sha256").EnumerateObject())
            yield return new(Prefix + value.Name, value.Value.GetString()!);
    }
}

/// <summary>Media types of what belongs to an image.</summary>
internal static class AttachmentTypes
{
    public static string Of(Attachment attachment) => attachment.Kind switch
    {
        "sbom" when attachment.Name.EndsWith(".spdx.json", StringComparison.Ordinal) => "application/spdx+json",
        "sbom" => "application/vnd.cyclonedx+json",
        _ when attachment.Name.EndsWith(".json", StringComparison.Ordinal) => $"application/vnd.imagefactory.{attachment.Kind}.v1+json",
        _ => $"application/vnd.imagefactory.{attachment.Kind}.v1",
    };
}
