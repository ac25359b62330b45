using System.IO.Compression;
using System.Text;

namespace ImageFactory.Publishing.Tests.Gcp;

/// <summary>Looks at an archive as the importer of images does: one gzip, in it one tar of GNU's old form with the one file <c>disk.raw</c> of whole GiB.</summary>
internal static class TarWitness
{
    private const int Block = 512;

    /// <returns>What is wrong, or null.</returns>
    public static string? Objection(byte[] archive)
    {
        try
        {
            using MemoryStream tar = new();
            using (GZipStream gzip = new(new MemoryStream(archive), CompressionMode.Decompress))
                gzip.CopyTo(tar);
            return Look(tar.GetBuffer().AsSpan(0, (int)tar.Length));
        }
        catch (InvalidDataException e)
        {
            return "no gzip: " + e.Message;
        }
    }

    private static string? Look(ReadOnlySpan<byte> tar)
    {
        if (tar.Length < 3 * Block || tar.Length % Block != 0)
            return "the tar is cut off";
        ReadOnlySpan<byte> header = tar[..Block];
        if (Encoding.ASCII.GetString(header[..100]).TrimEnd('\0') != "disk.raw")
            return "the file is not disk.raw";
        if (!header.Slice(257, 8).SequenceEqual("ustar  \0"u8))
            return "not GNU's form";
        int sum = 0;
        for (int i = 0; i < Block; i++)
            sum += i is >= 148 and < 156 ? ' ' : header[i];
        if (Number(header.Slice(148, 8)) != sum)
            return "wrong check sum of the header";
        long stored = Number(header.Slice(124, 12));
        long size = header[156] == 'S' ? Number(header.Slice(483, 12)) : stored;
        int at = Block;
        if (header[156] == 'S')
        {
            for (bool more = header[482] != 0; more; at += Block)
                more = tar[at + 504] != 0;
        }
        else if (header[156] is not ((byte)'0' or 0))
        {
            return "disk.raw is no plain file";
        }

        if (size <= 0 || size % (1L << 30) != 0)
            return $"disk.raw has {size} bytes, which is not whole GiB";
        long end = at + ((stored + Block - 1) / Block * Block);
        if (end + (2 * Block) > tar.Length)
            return "the tar is cut off";
        return tar[(int)end..].ContainsAnyExcept((byte)0) ? "there is more than disk.raw" : null;
    }

    private static long Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) == 0)
            return Convert.ToInt64(Encoding.ASCII.GetString(field).Trim('\0', ' '), 8);
        long value = field[0] & 0x7f;
        foreach (byte one in field[1..])
            value = (value << 8) | one;
        return value;
    }
}
