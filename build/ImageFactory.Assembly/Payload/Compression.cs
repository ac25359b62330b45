using System.IO.Compression;
using ImageFactory.Images.Compression;

namespace ImageFactory.Assembly.Payload;

/// <summary>A form of compression, known by its first bytes.</summary>
internal sealed record Compression(string Name, byte[] Magic, Func<Stream, Stream> Open)
{
    /// <summary>Enough for every magic and for the one of tar, which stands at byte 257.</summary>
    public const int HeadLength = 512;

    public static readonly IReadOnlyList<Compression> Known =
    [
        new("gzip", [0x1f, 0x8b], source => new GZipStream(source, CompressionMode.Decompress)),
        new("xz", [0xfd, .. "7zXZ\0"u8], source => new XzDecompressionStream(source)),
        new("zstd", [0x28, 0xb5, 0x2f, 0xfd], source => new ZstdDecompressionStream(source)),
    ];

    private static readonly (byte[] Magic, string What)[] Refused =
    [
        ("BZh"u8.ToArray(), "compressed with bzip2"),
        ("PK\x03\x04"u8.ToArray(), "a zip archive"),
        ([0x04, 0x22, 0x4d, 0x18], "compressed with lz4"),
        ("!<arch>"u8.ToArray(), "an ar archive (a Debian package is one)"),
        ([0xed, 0xab, 0xee, 0xdb], "an RPM package"),
    ];

    public static Compression? Of(ReadOnlySpan<byte> head)
    {
        foreach (Compression known in Known)
        {
            if (head.StartsWith(known.Magic))
                return known;
        }

        return null;
    }

    /// <summary>What a file is that is no archive of ours.</summary>
    public static string Describe(ReadOnlySpan<byte> head)
    {
        if (head.Length == 0)
            return "an empty file";
        foreach ((byte[] magic, string what) in Refused)
        {
            if (head.StartsWith(magic))
                return what;
        }

        return "no archive that is known";
    }
}
