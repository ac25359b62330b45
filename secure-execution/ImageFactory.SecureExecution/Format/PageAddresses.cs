using System.Buffers.Binary;

namespace ImageFactory.SecureExecution.Format;

/// <summary>Addresses of consecutive pages, 8 bytes each, big-endian: what the address digest runs over (SE format, section 5.2).</summary>
internal static class PageAddresses
{
    public static ReadOnlySpan<byte> Write(long address, int pages, Span<byte> buffer)
    {
        for (int page = 0; page < pages; page++)
            BinaryPrimitives.WriteInt64BigEndian(buffer[(page * sizeof(long))..], address + (page * (long)ImageFormat.PageSize));
        return buffer[..(pages * sizeof(long))];
    }
}
