using System.Buffers.Binary;

namespace ImageFactory.SecureExecution.Format;

/// <summary>Where one component lies in an image, and how its pages are tweaked.</summary>
/// <param name="TweakPrefix">Component id (2 bytes) and 6 random bytes, as one big-endian number.</param>
/// <param name="Address">File offset and guest address.</param>
/// <param name="StoredSize">Bytes in whole pages.</param>
internal readonly record struct ComponentPlacement(ulong TweakPrefix, long Address, long StoredSize)
{
    public ComponentKind Kind => (ComponentKind)(TweakPrefix >> 48);

    public static ulong MakePrefix(ComponentKind kind, ReadOnlySpan<byte> random)
    {
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)kind);
        random[..6].CopyTo(prefix[2..]);
        return BinaryPrimitives.ReadUInt64BigEndian(prefix);
    }

    /// <summary>The tweaks of consecutive pages: prefix, then the page's offset in its component, both big-endian.</summary>
    /// <param name="offset">Offset of the first page in the component.</param>
    /// <param name="tweaks">16 bytes for each page.</param>
    /// <remarks>Formally the sum of two 128-bit numbers; a component that would carry into the prefix cannot exist.</remarks>
    public void WriteTweaks(long offset, Span<byte> tweaks)
    {
        for (int at = 0; at < tweaks.Length; at += 16)
        {
            BinaryPrimitives.WriteUInt64BigEndian(tweaks[at..], TweakPrefix);
            BinaryPrimitives.WriteUInt64BigEndian(tweaks[(at + 8)..], (ulong)offset);
            offset += ImageFormat.PageSize;
        }
    }
}
