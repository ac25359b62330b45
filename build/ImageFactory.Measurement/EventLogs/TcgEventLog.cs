using System.Buffers.Binary;
using System.Text;
using ImageFactory.Measurement.Events;
using ImageFactory.Model;

namespace ImageFactory.Measurement.EventLogs;

/// <summary>
/// The log in which the firmware writes down what it extended, in the form of TPM 2.0 (TCG PC Client Platform Firmware Profile,
/// section 10), as Linux gives it in <c>binary_bios_measurements</c>. All numbers are little-endian.
/// <code>
/// first record   u32 pcr, u32 type = 3, 20 bytes, u32 size, then
///                "Spec ID Event03\0", u32 platform, u8 minor, u8 major, u8 errata, u8 size of UINTN,
///                u32 n, n times { u16 algorithm, u16 size of a digest }, u8 size, vendor's bytes
/// the others     u32 pcr, u32 type, u32 n, n times { u16 algorithm, digest }, u32 size, data
/// </code>
/// A table in memory of fixed size (ACPI's CCEL) ends in bytes of zero or of 0xff, which are left out.
/// </summary>
public sealed class TcgEventLog
{
    /// <summary>Logs of real machines have 10 to 200 KiB; the kernel's buffer is smaller than this.</summary>
    public const int MaximumSize = 4 << 20;

    private static readonly byte[] Signature = Encoding.ASCII.GetBytes("Spec ID Event03\0");

    private static readonly byte[] Locality = Encoding.ASCII.GetBytes("StartupLocality\0");

    private readonly string file;

    private TcgEventLog(string file, IReadOnlyList<TcgAlgorithm> banks, IReadOnlyList<TcgEvent> events)
    {
        this.file = file;
        Banks = banks;
        Events = events;
    }

    /// <summary>The banks that the first record names.</summary>
    public IReadOnlyList<TcgAlgorithm> Banks { get; }

    /// <summary>All records but the first, in the order in which they happened.</summary>
    public IReadOnlyList<TcgEvent> Events { get; }

    /// <exception cref="FactoryException">The log is damaged, not of this form or too large.</exception>
    public static async Task<TcgEventLog> ReadAsync(string path, CancellationToken cancellation)
    {
        await using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

        // A file of securityfs says that it has no length: read until it ends.
        using MemoryStream bytes = new();
        byte[] buffer = new byte[64 << 10];
        for (int count; (count = await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
        {
            if (bytes.Length + count > MaximumSize)
                throw new FactoryException(EventLogFaults.TooLong(path, Math.Max(stream.Length, bytes.Length + count), MaximumSize));
            bytes.Write(buffer, 0, count);
        }

        return Parse(bytes.ToArray(), path);
    }

    /// <param name="log">The whole log; what is returned refers to it.</param>
    /// <param name="file">What faults call it.</param>
    /// <exception cref="FactoryException">The log is damaged or not of this form.</exception>
    public static TcgEventLog Parse(ReadOnlyMemory<byte> log, string file)
    {
        Cursor cursor = new(log, file);
        Dictionary<TcgAlgorithm, int> sizes = ReadFirst(cursor);
        List<TcgEvent> events = [];
        while (!cursor.AtPadding())
            events.Add(ReadEvent(cursor, sizes));
        return new TcgEventLog(file, [.. sizes.Keys], events);
    }

    /// <summary>
    /// What each register must hold when everything that extended it is in the log. Only registers with an event, or a start value of
    /// their own, are in the answer: all others are as the TPM starts them.
    /// </summary>
    /// <exception cref="FactoryException">The log has no digests of the bank.</exception>
    public IReadOnlyDictionary<int, byte[]> Replay(TcgAlgorithm bank)
    {
        if (!Banks.Contains(bank) || TcgAlgorithms.SizeOf(bank) is not { } size)
            throw new FactoryException(EventLogFaults.NoBank(file, bank, Banks));

        SortedDictionary<int, byte[]> registers = [];
        foreach (TcgEvent entry in Events)
        {
            if (!entry.Extends)
            {
                if (entry.Pcr == 0 && entry.Data.Length == Locality.Length + 1 && entry.Data.Span.StartsWith(Locality))
                    Of(0)[^1] = entry.Data.Span[^1];
                continue;
            }

            if (!entry.Digests.TryGetValue(bank, out ReadOnlyMemory<byte> digest))
                throw new FactoryException(EventLogFaults.Damaged(file, entry.Offset, $"the event has no digest for {bank}"));
            registers[entry.Pcr] = TcgAlgorithms.Extend(bank, Of(entry.Pcr), digest.Span);
        }

        return registers;

        byte[] Of(int pcr) => registers.TryGetValue(pcr, out byte[]? value) ? value : registers[pcr] = StartOf(pcr, size);
    }

    /// <summary>Registers 17 to 22 start with all bits set, the others with none (TCG PC Client Platform TPM Profile, section 4.6).</summary>
    private static byte[] StartOf(int pcr, int size)
    {
        byte[] start = new byte[size];
        if (pcr is >= 17 and <= 22)
            start.AsSpan().Fill(0xff);
        return start;
    }

    private static Dictionary<TcgAlgorithm, int> ReadFirst(Cursor cursor)
    {
        if (cursor.Left < 32)
            throw cursor.Damaged($"{cursor.Left} bytes are less than a first record");
        cursor.Take(4, "the register");
        uint type = cursor.UInt32("the type");
        cursor.Take(20, "the digest");
        ReadOnlyMemory<byte> data = cursor.Sized("the first record");
        if (type != (uint)TcgEventType.NoAction || !data.Span.StartsWith(Signature))
            throw new FactoryException(EventLogFaults.OldForm(cursor.File));

        Cursor inner = cursor.Of(data);
        inner.Take(Signature.Length + 8, "the versions");
        uint count = inner.UInt32("the number of algorithms");
        if (count is 0 or > 16)
            throw inner.Damaged($"{count} algorithms were announced, 1 to 16 are possible");
        Dictionary<TcgAlgorithm, int> sizes = [];
        for (uint index = 0; index < count; index++)
        {
            TcgAlgorithm algorithm = (TcgAlgorithm)inner.UInt16("an algorithm");
            int size = inner.UInt16("the size of a digest");
            if (size is 0 or > 128 || (TcgAlgorithms.SizeOf(algorithm) is { } known && known != size))
                throw inner.Damaged($"digests of algorithm 0x{(ushort)algorithm:x4} are said to have {size} bytes");
            if (!sizes.TryAdd(algorithm, size))
                throw inner.Damaged($"algorithm 0x{(ushort)algorithm:x4} is announced twice");
        }

        return sizes;
    }

    private static TcgEvent ReadEvent(Cursor cursor, Dictionary<TcgAlgorithm, int> sizes)
    {
        long offset = cursor.Offset;
        uint pcr = cursor.UInt32("the register");
        if (pcr > 23 && pcr != uint.MaxValue)
            throw cursor.Damaged(offset, $"there is no register {pcr}");
        TcgEventType type = (TcgEventType)cursor.UInt32("the type");

        // A TPM without a register for a record writes 0xffffffff, which only records that extend nothing may have.
        if (pcr == uint.MaxValue && type != TcgEventType.NoAction)
            throw cursor.Damaged(offset, "an event that extends names no register");
        uint count = cursor.UInt32("the number of digests");
        if (count > sizes.Count)
            throw cursor.Damaged($"the event has {count} digests, the log announced {sizes.Count} algorithms");
        Dictionary<TcgAlgorithm, ReadOnlyMemory<byte>> digests = new((int)count);
        for (uint index = 0; index < count; index++)
        {
            TcgAlgorithm algorithm = (TcgAlgorithm)cursor.UInt16("an algorithm");
            if (!sizes.TryGetValue(algorithm, out int size))
                throw cursor.Damaged($"algorithm 0x{(ushort)algorithm:x4} was not announced");
            if (!digests.TryAdd(algorithm, cursor.Take(size, "a digest")))
                throw cursor.Damaged($"algorithm 0x{(ushort)algorithm:x4} comes twice in one event");
        }

        return new TcgEvent(offset, unchecked((int)pcr), type, digests, cursor.Sized("the data of an event"));
    }

    /// <summary>A place in the log. Whatever it gives lies inside.</summary>
    private sealed class Cursor(ReadOnlyMemory<byte> bytes, string file, long origin = 0)
    {
        private readonly int padding = PaddingOf(bytes.Span);
        private int position;

        public string File => file;

        public int Left => bytes.Length - position;

        public long Offset => origin + position;

        public Cursor Of(ReadOnlyMemory<byte> part) => new(part, file, Offset - part.Length);

        public ReadOnlyMemory<byte> Take(int count, string what)
        {
            if (count > Left)
                throw Damaged($"it ends inside {what} ({count} bytes wanted, {Left} left)");
            position += count;
            return bytes.Slice(position - count, count);
        }

        public ushort UInt16(string what) => BinaryPrimitives.ReadUInt16LittleEndian(Take(2, what).Span);

        public uint UInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4, what).Span);

        public ReadOnlyMemory<byte> Sized(string what)
        {
            uint size = UInt32("the size of " + what);
            if (size > Left)
                throw Damaged(Offset - 4, $"{what} is said to have {size} bytes, {Left} are left");
            return Take((int)size, what);
        }

        /// <summary>True at the end, or when nothing but zeros or bytes of 0xff follow.</summary>
        public bool AtPadding() => position >= padding;

        public FactoryException Damaged(string what) => Damaged(Offset, what);

        public FactoryException Damaged(long offset, string what) => new(EventLogFaults.Damaged(file, offset, what));

        private static int PaddingOf(ReadOnlySpan<byte> bytes) =>
            bytes is [.., 0 or 0xff] ? bytes.LastIndexOfAnyExcept(bytes[^1]) + 1 : bytes.Length;
    }
}
