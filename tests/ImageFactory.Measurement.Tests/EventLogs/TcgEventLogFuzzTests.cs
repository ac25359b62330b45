using System.Buffers.Binary;
using System.Diagnostics;
using ImageFactory.Measurement.EventLogs;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Tests.EventLogs;

/// <summary>Damaged logs of a fixed seed: the reader answers with events or with a fault, in bounded time and memory.</summary>
public sealed class TcgEventLogFuzzTests
{
    private const int Inputs = 200_000;

    /// <summary>Values that break bounds more often than random ones do.</summary>
    private static readonly uint[] Edges = [0, 1, 2, 3, 4, 7, 16, 17, 23, 24, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff];

    [Fact]
    public void Two_hundred_thousand_damaged_logs_are_read_or_refused()
    {
        byte[][] samples = [.. Vectors.Boots.Select(boot => Vectors.Bytes("boot", boot, "eventlog.bin"))];
        int[][] hot = [.. samples.Select(HotOffsets)];
        int refused = 0;
        Stopwatch time = Stopwatch.StartNew();
        long before = GC.GetTotalAllocatedBytes(precise: true);

        Parallel.For(0, Inputs, index =>
        {
            Random random = new(unchecked((int)(index * 2654435761)));
            int which = random.Next(samples.Length);
            byte[] bytes = Damage(samples[which], hot[which], random);
            try
            {
                TcgEventLog log = TcgEventLog.Parse(bytes, "fuzz");
                Assert.True(log.Events.Count <= bytes.Length / 16);
                foreach (TcgEvent entry in log.Events)
                    Assert.True(TcgEventText.Of(entry).Length <= 301);

                // The digests of a damaged log are replayed now and then: hashing is most of the time.
                if (index % 16 == 0)
                    log.Replay(TcgAlgorithm.Sha256);
            }
            catch (FactoryException e)
            {
                Assert.StartsWith("IFM50", e.Faults[0].Code, StringComparison.Ordinal);
                Interlocked.Increment(ref refused);
            }
        });

        Assert.InRange(refused, Inputs / 10, Inputs - (Inputs / 20));
        Assert.True((GC.GetTotalAllocatedBytes(precise: true) - before) / Inputs < 512 << 10, "more than 512 KiB for one log of 20 KiB");
        Assert.True(time.Elapsed < TimeSpan.FromMinutes(2), $"it took {time.Elapsed}");
    }

    [Fact]
    public void A_log_of_nothing_but_the_smallest_events_takes_bounded_time()
    {
        byte[] log = [.. Vectors.Bytes("boot", "direct-uki", "eventlog.bin").AsSpan(0, 77), .. new byte[TcgEventLog.MaximumSize - 100], 1, .. new byte[15]];
        Stopwatch time = Stopwatch.StartNew();

        Exception? refused = Record.Exception(() => TcgEventLog.Parse(log, "fuzz"));

        Assert.True(refused is null or FactoryException, $"{refused}");
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(5), $"it took {time.Elapsed}");
    }

    /// <summary>Where records begin and where their sizes stand: damage there reaches deeper than damage in a digest.</summary>
    private static int[] HotOffsets(byte[] log)
    {
        List<int> offsets = [.. Enumerable.Range(0, 77)];
        foreach (TcgEvent entry in TcgEventLog.Parse(log, "sample").Events)
        {
            int begin = (int)entry.Offset;
            int size = begin + 12 + entry.Digests.Sum(d => 2 + d.Value.Length);
            offsets.AddRange(Enumerable.Range(begin, 16));
            offsets.AddRange(Enumerable.Range(size, Math.Min(40, log.Length - size)));
        }

        return [.. offsets];
    }

    private static byte[] Damage(byte[] sample, int[] hot, Random random)
    {
        byte[] bytes = [.. sample];
        for (int change = random.Next(1, 5); change > 0; change--)
        {
            int at = random.Next(4) > 0 ? hot[random.Next(hot.Length)] : random.Next(bytes.Length);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when at + 4 <= bytes.Length:
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), Edges[random.Next(Edges.Length)]);
                    break;
                case 2:
                    random.NextBytes(bytes.AsSpan(at, Math.Min(random.Next(1, 16), bytes.Length - at)));
                    break;
                default:
                    bytes[at] = (byte)random.Next(256);
                    break;
            }
        }

        return random.Next(8) switch
        {
            0 => bytes[..random.Next(bytes.Length)],
            1 => [.. bytes, .. bytes.AsSpan(0, random.Next(256))],
            _ => bytes,
        };
    }
}
