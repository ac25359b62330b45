namespace ImageFactory.Assembly.Sbom.Rpm;

/// <summary>A row of SQLite: the size of its head, a type for each column, then the values (Database File Format, section 2.1).</summary>
internal static class SqliteRecord
{
    private const int FirstBytesType = 12;

    /// <summary>Sizes of the types below 12: null, six integers, a double, 0, 1, two unused.</summary>
    private static readonly int[] Sizes = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0];

    /// <exception cref="InvalidDataException">The column is not there, or neither text nor bytes.</exception>
    public static ReadOnlyMemory<byte> Bytes(byte[] row, int column)
    {
        (long type, int offset, int size) = Find(row, column);
        return type >= FirstBytesType ? row.AsMemory(offset, size) : throw new InvalidDataException($"column {column} is neither text nor bytes");
    }

    /// <exception cref="InvalidDataException">The column is not there, or no integer.</exception>
    public static long Number(byte[] row, int column)
    {
        (long type, int offset, int size) = Find(row, column);
        if (type is < 1 or 7 or > 9)
            throw new InvalidDataException($"column {column} is no number");
        if (type >= 8)
            return type - 8;
        long value = (sbyte)row[offset];
        for (int i = 1; i < size; i++)
            value = (value << 8) | row[offset + i];
        return value;
    }

    /// <summary>One to nine bytes, seven bits in each but the ninth, the highest first.</summary>
    public static long Varint(ref ReadOnlySpan<byte> bytes)
    {
        long value = 0;
        for (int i = 0; i < 9; i++)
        {
            if (i >= bytes.Length)
                throw new InvalidDataException("a number leads out of its row");
            byte next = bytes[i];
            value = i == 8 ? (value << 8) | next : (value << 7) | (byte)(next & 0x7f);
            if (i == 8 || next < 0x80)
            {
                bytes = bytes[(i + 1)..];
                break;
            }
        }

        return value;
    }

    private static (long Type, int Offset, int Size) Find(byte[] row, int column)
    {
        ReadOnlySpan<byte> head = row;
        long end = Varint(ref head);
        int used = row.Length - head.Length;
        if (end < used || end > row.Length)
            throw new InvalidDataException("the head of a row is larger than the row");
        head = head[..(int)(end - used)];
        long offset = end;
        for (int i = 0; head.Length > 0; i++)
        {
            long type = Varint(ref head);
            long size = type < 0 ? long.MaxValue : type >= FirstBytesType ? (type - FirstBytesType) / 2 : Sizes[type];
            if (size > row.Length - offset)
                throw new InvalidDataException("a value leads out of its row");
            if (i == column)
                return (type, (int)offset, (int)size);
            offset += size;
        }

        throw new InvalidDataException($"a row has no column {column}");
    }
}
