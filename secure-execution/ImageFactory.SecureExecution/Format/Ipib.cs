using System.Buffers.Binary;

namespace ImageFactory.SecureExecution.Format;

/// <summary>IPL parameter information block: how stage3a tells the Ultravisor what to unpack.</summary>
/// <remarks>
/// Big-endian, c components, all bytes that are not named are zero (SE format, section 6):
/// <code>
/// off  size  field
///  00     4  total size, 0x88 + 24c
///  07     1  version, 1
///  08     4  total size - 8
///  0C     1  type, 5 (protected virtualization)
///  6F     1  version of the PV part, 1
///  74     4  c
///  78     8  address of the SE header
///  80     8  size of the SE header
///  88   24c  per component: tweak prefix, address, size in whole pages (8 each)
/// </code>
/// </remarks>
internal sealed record Ipib(ulong HeaderAddress, ulong HeaderSize, IReadOnlyList<ComponentPlacement> Components)
{
    /// <summary>Kernel, ramdisk, command line, stage3b.</summary>
    public const int MaximumComponents = 4;

    private const int FixedSize = 0x88;
    private const int ComponentSize = 24;

    public int Size => SizeFor(Components.Count);

    public static int SizeFor(int components) => FixedSize + (components * ComponentSize);

    /// <summary>Null when the bytes are not such a block: every byte is tested, also those that must be zero.</summary>
    public static Ipib? TryRead(ReadOnlySpan<byte> data)
    {
        if (data.Length < SizeFor(1))
            return null;
        uint size = BinaryPrimitives.ReadUInt32BigEndian(data);
        uint count = BinaryPrimitives.ReadUInt32BigEndian(data[0x74..]);
        if (count is 0 or > MaximumComponents || size != SizeFor((int)count) || data.Length < size)
            return null;

        ComponentPlacement[] components = new ComponentPlacement[count];
        for (int i = 0; i < components.Length; i++)
        {
            ReadOnlySpan<byte> entry = data.Slice(FixedSize + (i * ComponentSize), ComponentSize);
            ulong address = BinaryPrimitives.ReadUInt64BigEndian(entry[8..]);
            ulong stored = BinaryPrimitives.ReadUInt64BigEndian(entry[16..]);
            if (address > long.MaxValue / 2 || stored > long.MaxValue / 2)
                return null;
            components[i] = new ComponentPlacement(BinaryPrimitives.ReadUInt64BigEndian(entry), (long)address, (long)stored);
        }

        Ipib block = new(BinaryPrimitives.ReadUInt64BigEndian(data[0x78..]), BinaryPrimitives.ReadUInt64BigEndian(data[0x80..]), components);
        return data[..(int)size].SequenceEqual(block.ToBytes()) ? block : null;
    }

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Span<byte> span = bytes;
        BinaryPrimitives.WriteUInt32BigEndian(span, (uint)Size);
        span[0x07] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(span[0x08..], (uint)Size - 8);
        span[0x0C] = 5;
        span[0x6F] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(span[0x74..], (uint)Components.Count);
        BinaryPrimitives.WriteUInt64BigEndian(span[0x78..], HeaderAddress);
        BinaryPrimitives.WriteUInt64BigEndian(span[0x80..], HeaderSize);
        for (int i = 0; i < Components.Count; i++)
        {
            Span<byte> entry = span.Slice(FixedSize + (i * ComponentSize), ComponentSize);
            BinaryPrimitives.WriteUInt64BigEndian(entry, Components[i].TweakPrefix);
            BinaryPrimitives.WriteUInt64BigEndian(entry[8..], (ulong)Components[i].Address);
            BinaryPrimitives.WriteUInt64BigEndian(entry[16..], (ulong)Components[i].StoredSize);
        }

        return bytes;
    }
}
