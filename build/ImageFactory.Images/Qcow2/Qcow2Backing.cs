using System.Buffers.Binary;
using System.Text;
using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Qcow2;

/// <summary>
/// What a qcow2 header says of its backing file: the name, at most 1023 bytes without a terminator, and the format, which lies in a header extension.
/// <code>
/// extensions follow the header (version 3: at its length, version 2: at 72), each
///   0  4  type (0 ends them, 0xe2792aca: format of the backing file)
///   4  4  length
///   8  n  data, padded to a multiple of 8
/// </code>
/// </summary>
/// <param name="Name">As it is written: relative to the image, absolute, or an address.</param>
/// <param name="Format">Null when it is not said.</param>
internal sealed record Qcow2Backing(string Name, string? Format)
{
    private const int LongestName = 1023;
    private const int LongestFormat = 16;
    private const uint FormatExtension = 0xe2792aca;

    /// <summary>More extensions than QEMU knows kinds of.</summary>
    private const int MostExtensions = 32;

    public static Qcow2Backing? Read(IExtentSource file, byte[] header, uint version)
    {
        ulong offset = BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(8));
        if (offset == 0)
            return null;
        uint size = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(16));
        if (size is 0 or > LongestName || !file.Holds((long)Math.Min(offset, long.MaxValue), size))
            throw Qcow2Faults.Malformed(file.Name, 16, $"a name of the backing file with {size} bytes at 0x{offset:x}").Raise();
        string name = Encoding.UTF8.GetString(file.ReadBytes((long)offset, (int)size));
        if (name.Contains('\0', StringComparison.Ordinal))
            throw Qcow2Faults.Malformed(file.Name, (long)offset, "a name of the backing file with a NUL in it").Raise();
        return new Qcow2Backing(name, ReadFormat(file, version == 2 ? Qcow2Header.Size2 : BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(100))));
    }

    private static string? ReadFormat(IExtentSource file, long at)
    {
        for (int count = 0; count < MostExtensions && file.Holds(at, 8); count++)
        {
            byte[] start = file.ReadBytes(at, 8);
            uint type = BinaryPrimitives.ReadUInt32BigEndian(start);
            uint length = BinaryPrimitives.ReadUInt32BigEndian(start.AsSpan(4));
            if (type == 0)
                return null;
            if (type == FormatExtension && length <= LongestFormat && file.Holds(at + 8, length))
                return Encoding.ASCII.GetString(file.ReadBytes(at + 8, (int)length));
            at += 8 + ((length + 7L) / 8 * 8);
        }

        return null;
    }
}
