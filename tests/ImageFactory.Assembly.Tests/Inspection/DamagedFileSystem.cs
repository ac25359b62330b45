using System.Buffers.Binary;
using System.Diagnostics;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Inspection;

/// <summary>Damages a file system in many ways, the same each time: it is read or refused, and nothing hangs.</summary>
internal static class DamagedFileSystem
{
    private static readonly uint[] Edges = [0, 1, 11, 12, 13, 0xff, 0xfff, 0x1000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

    /// <param name="place">Chooses what is damaged.</param>
    /// <param name="codes">Of the faults that may refuse it.</param>
    public static void IsReadOrRefused(
        byte[] sample, int inputs, int mostChanges, Func<Random, int> place, Func<IExtentSource, IEnumerable<FileSystemEntry>> walk, params string[] codes)
    {
        int refused = 0;
        Stopwatch time = Stopwatch.StartNew();
        Parallel.For(0, inputs, index =>
        {
            Random random = new(index);
            byte[] bytes = [.. sample];
            for (int change = random.Next(1, mostChanges + 1); change > 0; change--)
            {
                int at = place(random);
                if (random.Next(2) == 0 || at + 4 > bytes.Length)
                    bytes[at] ^= (byte)(1 << random.Next(8));
                else
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), Edges[random.Next(Edges.Length)]);
            }

            using StreamSource source = new(new MemoryStream(random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes), "fuzz");
            try
            {
                Assert.NotEmpty(walk(source).ToList());
            }
            catch (FactoryException e)
            {
                Assert.Contains(e.Faults[0].Code, codes);
                Interlocked.Increment(ref refused);
            }
        });

        Assert.InRange(refused, inputs / 20, inputs - (inputs / 20));
        Assert.True(time.Elapsed < TimeSpan.FromMinutes(1), $"it took {time.Elapsed}");
    }
}
