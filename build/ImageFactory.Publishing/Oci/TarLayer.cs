using System.Buffers.Binary;
using System.Text;
using ImageFactory.Registry.Pushing;

namespace ImageFactory.Publishing.Oci;

/// <summary>
/// A layer of files of a container image (ustar; sizes from 8 GiB on in GNU's base 256), not compressed: a qcow2 disk would not become smaller,
/// and what is read at an offset needs nothing that lies before it. Everything belongs to root and has no time.
/// </summary>
internal static class TarLayer
{
    private const int Block = 512;

    /// <summary>Octal digits that fit the size's field.</summary>
    private const long LargestOctal = (1L << 33) - 1;

    /// <param name="files">Paths from the root without its slash, and contents. Folders above them come first.</param>
    public static (long Length, BlobReader Read) Of(IReadOnlyList<(string Path, long Length, BlobReader Read)> files)
    {
        List<(long Length, BlobReader Read)> parts = [];
        HashSet<string> folders = [];
        foreach ((string path, long length, BlobReader read) in files)
        {
            for (int slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
            {
                if (folders.Add(path[..slash]))
                    parts.Add(Blobs.Memory(Header(path[..(slash + 1)], 0, '5', "0000755")));
            }

            parts.Add(Blobs.Memory(Header(path, length, '0', "0000644")));
            parts.Add((length, read));
            if (length % Block != 0)
                parts.Add(Blobs.Memory(new byte[Block - (length % Block)]));
        }

        parts.Add(Blobs.Memory(new byte[2 * Block]));
        return (parts.Sum(p => p.Length), Blobs.Join(parts));
    }

    private static byte[] Header(string path, long size, char type, string mode)
    {
        byte[] header = new byte[Block];
        Encoding.ASCII.GetBytes(path, header);
        Put(100, mode);
        Put(108, "0000000");
        Put(116, "0000000");
        if (size <= LargestOctal)
        {
            Put(124, Convert.ToString(size, 8).PadLeft(11, '0'));
        }
        else
        {
            header[124] = 0x80;
            BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(128), size);
        }

        Put(136, "00000000000");
        header[156] = (byte)type;
        Put(257, "ustar\0" + "00");
        header.AsSpan(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte value in header)
            sum += value;
        Put(148, Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ");
        return header;

        void Put(int at, string text) => Encoding.ASCII.GetBytes(text, header.AsSpan(at));
    }
}
