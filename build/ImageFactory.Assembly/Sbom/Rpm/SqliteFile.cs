using System.Buffers.Binary;
using System.Text;
using ImageFactory.Images.Extents;

namespace ImageFactory.Assembly.Sbom.Rpm;

/// <summary>
/// Reads the rows of a table of an SQLite database at rest, in the order of their keys (sqlite.org: Database File Format). Numbers are big-endian. No SQL, no indexes,
/// no write-ahead log.
/// </summary>
internal sealed class SqliteFile
{
    private const int HeaderSize = 100;
    private const byte Interior = 0x05;
    private const byte Leaf = 0x0d;

    /// <summary>More levels than a table of 2^31 pages has.</summary>
    private const int MostLevels = 64;

    private readonly IExtentSource file;
    private readonly int pageSize;

    /// <summary>What of a page is not reserved for extensions.</summary>
    private readonly int usable;

    private SqliteFile(IExtentSource file)
    {
        this.file = file;
        if (file.Length < HeaderSize)
            throw new InvalidDataException("it is too small for a database");
        byte[] header = new byte[HeaderSize];
        file.Read(0, header);
        if (!header.AsSpan(0, 16).SequenceEqual("SQLite format 3\0"u8) || header[18] > 2 || header[19] > 2)
            throw new InvalidDataException("it is no database of SQLite 3");
        int size = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(16));
        pageSize = size == 1 ? 65536 : size;
        usable = pageSize - header[20];
        if (pageSize < 512 || (pageSize & (pageSize - 1)) != 0 || usable < 480)
            throw new InvalidDataException($"its pages have {size} bytes");
        if (BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(56)) != 1)
            throw new InvalidDataException("its texts are not in UTF-8");
    }

    /// <exception cref="InvalidDataException">The file is no such database.</exception>
    public static SqliteFile Open(IExtentSource file) => new(file);

    /// <summary>Values of one column, for rows where it is text or bytes.</summary>
    /// <exception cref="InvalidDataException">There is no such table, or the file is damaged.</exception>
    public IEnumerable<byte[]> Column(string table, int column)
    {
        // The first page is a table too: type, name, table, first page and text of each thing there is.
        byte[]? entry = Rows(1).FirstOrDefault(r => TextOf(r, 0) == "table" && TextOf(r, 1) == table);
        if (entry is null)
            throw new InvalidDataException($"it has no table {table}");
        return Rows(SqliteRecord.Number(entry, 3)).Select(r => SqliteRecord.Bytes(r, column).ToArray());
    }

    private static string TextOf(byte[] row, int column) => Encoding.UTF8.GetString(SqliteRecord.Bytes(row, column).Span);

    private IEnumerable<byte[]> Rows(long root)
    {
        HashSet<long> seen = [];
        Stack<(long Page, int Level)> pending = new();
        pending.Push((root, 0));
        while (pending.TryPop(out (long Page, int Level) next))
        {
            if (!seen.Add(next.Page) || next.Level > MostLevels)
                throw new InvalidDataException($"page {next.Page} is met a second time");
            byte[] page = Page(next.Page);
            int start = next.Page == 1 ? HeaderSize : 0;
            int cells = BinaryPrimitives.ReadUInt16BigEndian(page.AsSpan(start + 3));
            int pointers = start + (page[start] == Interior ? 12 : 8);
            if (page[start] is not (Interior or Leaf) || pointers + (2 * cells) > usable)
                throw new InvalidDataException($"page {next.Page} is not one of a table");
            int[] offsets = [.. Enumerable.Range(0, cells).Select(i => (int)BinaryPrimitives.ReadUInt16BigEndian(page.AsSpan(pointers + (2 * i))))];
            if (page[start] == Leaf)
            {
                foreach (int offset in offsets)
                    yield return Payload(page, offset);
            }
            else
            {
                // The last one goes in first, so that rows come in order.
                pending.Push((BinaryPrimitives.ReadUInt32BigEndian(page.AsSpan(start + 8)), next.Level + 1));
                foreach (int offset in offsets.Reverse())
                    pending.Push((offset + 4 <= usable ? BinaryPrimitives.ReadUInt32BigEndian(page.AsSpan(offset)) : 0, next.Level + 1));
            }
        }
    }

    /// <summary>The record of a row. What does not fit into its page goes on in a chain of pages.</summary>
    private byte[] Payload(byte[] page, int offset)
    {
        ReadOnlySpan<byte> cell = page.AsSpan(0, usable)[Math.Min(offset, usable)..];
        long size = SqliteRecord.Varint(ref cell);
        SqliteRecord.Varint(ref cell);
        if (size < 0 || size > file.Length || size > RpmDatabase.LargestPackage)
            throw new InvalidDataException($"a row claims {size} bytes");
        int local = Local((int)size);
        if (local > cell.Length)
            throw new InvalidDataException("a row leads out of its page");
        byte[] payload = new byte[size];
        cell[..local].CopyTo(payload);
        int have = local;
        uint following = have < size ? BinaryPrimitives.ReadUInt32BigEndian(cell.Length >= local + 4 ? cell[local..] : throw new InvalidDataException("a row leads out of its page")) : 0;
        while (have < size)
        {
            byte[] more = Page(following);
            following = BinaryPrimitives.ReadUInt32BigEndian(more);
            int take = Math.Min(usable - 4, (int)size - have);
            more.AsSpan(4, take).CopyTo(payload.AsSpan(have));
            have += take;
        }

        return payload;
    }

    /// <summary>How much of a row stands in its own page (section 1.6).</summary>
    private int Local(int size)
    {
        int most = usable - 35;
        if (size <= most)
            return size;
        int least = ((usable - 12) * 32 / 255) - 23;
        int wanted = least + ((size - least) % (usable - 4));
        return wanted <= most ? wanted : least;
    }

    private byte[] Page(long number)
    {
        long offset = (number - 1) * pageSize;
        if (number < 1 || offset > file.Length - pageSize)
            throw new InvalidDataException($"page {number} is not in the file");
        byte[] page = new byte[pageSize];
        file.Read(offset, page);
        return page;
    }
}
