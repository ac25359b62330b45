using System.Buffers.Binary;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Firmware;

/// <summary>
/// An OVMF image with the table that ends 32 bytes before its end. The table is read backwards: each entry is
/// <c>data | size of the whole entry (2) | GUID (16)</c>; the last one names the table and its size. Little-endian.
/// </summary>
internal sealed class OvmfImage
{
    private const int MaximumSize = 64 << 20;
    private const int TableEnd = 32;
    private const int EntryTail = 18;

    private static readonly Guid Table = new("96b582de-1fb2-45f7-baea-a366c55a082d");

    private readonly Dictionary<Guid, byte[]> entries = [];

    private OvmfImage(string file, byte[] content)
    {
        File = file;
        Content = content;
    }

    public string File { get; }

    public byte[] Content { get; }

    /// <exception cref="FactoryException">IFM351: cannot be read. IFM352: no such table, or a damaged one.</exception>
    public static OvmfImage Read(string path)
    {
        try
        {
            FileInfo file = new(path);
            return file.Length > MaximumSize
                ? throw new FactoryException(FirmwareFaults.NotOvmf(path, $"it has {file.Length} bytes"))
                : Parse(path, System.IO.File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(FirmwareFaults.CannotRead(path, e.Message), e);
        }
    }

    public static OvmfImage Parse(string file, byte[] content)
    {
        OvmfImage image = new(file, content);
        image.ReadTable();
        return image;
    }

    /// <summary>The data of an entry; null when there is none, or it is shorter.</summary>
    public byte[]? Find(Guid id, int length) => entries.TryGetValue(id, out byte[]? data) && data.Length >= length ? data : null;

    /// <summary>Bytes of the image, by an offset from its end.</summary>
    /// <exception cref="FactoryException">IFM352: they lie outside.</exception>
    public ReadOnlySpan<byte> FromEnd(uint offset, long length, string what) =>
        offset <= Content.Length && length <= offset ? Content.AsSpan(Content.Length - (int)offset, (int)length) : throw Malformed($"{what} lies outside the image");

    public FactoryException Malformed(string what) => new(FirmwareFaults.NotOvmf(File, what));

    private void ReadTable()
    {
        int end = Content.Length - TableEnd;
        if (end < EntryTail || Content.Length % 4096 != 0 || new Guid(Content.AsSpan(end - 16, 16), bigEndian: false) != Table)
            throw Malformed("there is no table at its end");
        int size = BinaryPrimitives.ReadUInt16LittleEndian(Content.AsSpan(end - EntryTail));
        int start = end - size;
        if (size < EntryTail || start < 0)
            throw Malformed($"its table has {size} bytes");
        for (int at = end - EntryTail; at > start;)
        {
            int length = at - start < EntryTail ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(Content.AsSpan(at - EntryTail));
            if (length < EntryTail || length > at - start)
                throw Malformed($"an entry of its table has {length} bytes");
            entries.TryAdd(new Guid(Content.AsSpan(at - 16, 16), bigEndian: false), Content.AsSpan(at - length, length - EntryTail).ToArray());
            at -= length;
        }
    }
}
