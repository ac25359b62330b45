using System.Buffers.Binary;
using System.Text;

namespace ImageFactory.Assembly.Sbom.Rpm;

/// <summary>What rpm keeps of one installed package: tags with values. All numbers are big-endian.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>0, 4 bytes</term><description>number of index entries</description></item>
/// <item><term>4, 4 bytes</term><description>size of the data</description></item>
/// <item><term>8, 16 bytes each</term><description>index entry: tag, type, offset in the data, count</description></item>
/// <item><term>behind</term><description>the data</description></item>
/// </list>
/// </remarks>
internal sealed class RpmHeader
{
    private const int EntrySize = 16;
    private const int TypeInt32 = 4;
    private const int TypeString = 6;
    private const int TypeStrings = 8;

    /// <summary>Texts by language; the first is that of no language.</summary>
    private const int TypeTranslated = 9;

    private readonly ReadOnlyMemory<byte> data;
    private readonly Dictionary<int, (int Type, int Offset, int Count)> index = [];

    private RpmHeader(ReadOnlyMemory<byte> blob)
    {
        int entries = Size(blob.Span, 0, blob.Length / EntrySize);
        int size = Size(blob.Span, 4, blob.Length);
        int start = 8 + (entries * EntrySize);
        if (start + size > blob.Length)
            throw new InvalidDataException($"a package of {blob.Length} bytes claims {start + size}");
        data = blob.Slice(start, size);
        for (int at = 8; at < start; at += EntrySize)
        {
            ReadOnlySpan<byte> entry = blob.Span.Slice(at, EntrySize);
            int tag = BinaryPrimitives.ReadInt32BigEndian(entry);
            index.TryAdd(tag, (BinaryPrimitives.ReadInt32BigEndian(entry[4..]), BinaryPrimitives.ReadInt32BigEndian(entry[8..]), BinaryPrimitives.ReadInt32BigEndian(entry[12..])));
        }
    }

    /// <exception cref="InvalidDataException">The blob is no header.</exception>
    public static RpmHeader Parse(ReadOnlyMemory<byte> blob) =>
        blob.Length >= 8 ? new RpmHeader(blob) : throw new InvalidDataException($"a package of {blob.Length} bytes is no header");

    /// <summary>The text of a tag, of several the first; null when it has none.</summary>
    public string? Text(int tag) => Texts(tag) is [string first, ..] ? first : null;

    /// <exception cref="InvalidDataException">The tag's texts do not lie in the data.</exception>
    public IReadOnlyList<string> Texts(int tag)
    {
        if (!index.TryGetValue(tag, out (int Type, int Offset, int Count) entry) || entry.Type is not (TypeString or TypeStrings or TypeTranslated))
            return [];
        int count = entry.Type == TypeString ? 1 : entry.Count;
        ReadOnlySpan<byte> rest = Within(tag, entry.Offset, count);
        List<string> texts = [];
        for (int i = 0; i < count; i++)
        {
            int end = rest.IndexOf((byte)0);
            if (end < 0)
                throw new InvalidDataException($"a text of tag {tag} has no end");
            texts.Add(Encoding.UTF8.GetString(rest[..end]));
            rest = rest[(end + 1)..];
        }

        return texts;
    }

    /// <exception cref="InvalidDataException">The tag's numbers do not lie in the data.</exception>
    public IReadOnlyList<uint> Numbers(int tag)
    {
        if (!index.TryGetValue(tag, out (int Type, int Offset, int Count) entry) || entry.Type != TypeInt32)
            return [];
        ReadOnlySpan<byte> numbers = Within(tag, entry.Offset, entry.Count, 4);
        uint[] values = new uint[entry.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadUInt32BigEndian(numbers[(4 * i)..]);
        return values;
    }

    private ReadOnlySpan<byte> Within(int tag, int offset, int count, int each = 1) =>
        offset >= 0 && offset <= data.Length && count >= 0 && count <= (data.Length - offset) / each
            ? data.Span[offset..]
            : throw new InvalidDataException($"tag {tag} lies outside of its package's data");

    private static int Size(ReadOnlySpan<byte> blob, int at, int limit) =>
        BinaryPrimitives.ReadUInt32BigEndian(blob[at..]) is uint size && size <= (uint)limit ? (int)size : throw new InvalidDataException($"a package of {blob.Length} bytes claims {size} entries or bytes");
}
