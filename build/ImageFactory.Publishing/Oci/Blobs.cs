using System.Security.Cryptography;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Qcow2;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;

namespace ImageFactory.Publishing.Oci;

/// <summary>The bytes of blobs, computed while they are read.</summary>
internal static class Blobs
{
    private const int PieceSize = 1 << 20;

    /// <summary>The disk as a qcow2 file: the image's own when it is one, else its data with tables around, so that holes are not sent.</summary>
    public static (long Length, BlobReader Read, bool IsFile, IDisposable Open) DiskOf(PublishableImage image)
    {
        RawFileSource file = RawFileSource.Open(image.File);
        Span<byte> start = stackalloc byte[4];
        if (file.Length > start.Length)
        {
            file.Read(0, start);
            if (Qcow2Source.Recognises(start))
                return (file.Length, file.Read, true, file);
        }

        file.Dispose();
        IExtentSource disk = image.OpenDisk();
        Qcow2View view = new(disk);
        return (view.Length, view.Read, false, disk);
    }

    /// <summary>One after another.</summary>
    public static BlobReader Join(IReadOnlyList<(long Length, BlobReader Read)> parts) => (offset, destination) =>
    {
        foreach ((long length, BlobReader read) in parts)
        {
            if (offset < length)
            {
                int count = (int)Math.Min(destination.Length, length - offset);
                read(offset, destination[..count]);
                destination = destination[count..];
                offset = length;
                if (destination.IsEmpty)
                    return;
            }

            offset -= length;
        }
    };

    public static (long Length, BlobReader Read) Memory(ReadOnlyMemory<byte> bytes) =>
        (bytes.Length, (offset, destination) => bytes.Span.Slice((int)offset, destination.Length).CopyTo(destination));

    public static BlobToPush Small(string type, ReadOnlyMemory<byte> bytes, string? title = null) =>
        BlobToPush.Of(new Descriptor(type, ContentDigest.Of(bytes.Span), bytes.Length) { Annotations = Titled(title) }, bytes);

    public static IReadOnlyDictionary<string, string> Titled(string? title) =>
        title is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["org.opencontainers.image.title"] = title };

    public static ContentDigest DigestOf(long length, BlobReader read, CancellationToken cancellation)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[(int)Math.Min(PieceSize, Math.Max(1, length))];
        for (long done = 0; done < length;)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = (int)Math.Min(buffer.Length, length - done);
            read(done, buffer.AsSpan(0, count));
            hash.AppendData(buffer, 0, count);
            done += count;
        }

        return ContentDigest.Parse("sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
