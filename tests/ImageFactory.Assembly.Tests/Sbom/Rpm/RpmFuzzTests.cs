using System.Buffers.Binary;
using System.Diagnostics;
using ImageFactory.Assembly.Sbom;
using ImageFactory.Assembly.Sbom.Rpm;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Sbom.Rpm;

/// <summary>Damaged databases of a fixed seed: packages or a fault, in bounded time.</summary>
[Trait("needs", "rpm rpmbuild")]
public sealed class RpmFuzzTests(RpmSystem system) : IClassFixture<RpmSystem>
{
    private const int Inputs = 1000;

    private static readonly uint[] Edges = [0, 1, 2, 15, 16, 0xff, 0xffff, 0x1000, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff];

    [Theory]
    [InlineData("rpmdb.sqlite")]
    [InlineData("Packages.db")]
    public void Damaged_databases_are_read_or_refused(string name)
    {
        byte[] sample = File.ReadAllBytes(system.Database);
        if (name != "rpmdb.sqlite")
        {
            using RawFileSource source = RawFileSource.Open(system.Database);
            sample = NdbWriter.Write([.. SqliteFile.Open(source).Column("Packages", 1)]);
        }

        int refused = 0;
        Stopwatch time = Stopwatch.StartNew();
        Parallel.For(0, Inputs, index =>
        {
            Random random = new(index);
            FileTree tree = new();
            tree.Put($"/usr/lib/sysimage/rpm/{name}", TreeEntry.File(new InlineContent(Damage(sample, random))));
            try
            {
                Assert.Equal("rpm", InstalledPackages.Find(tree)!.Manager);
            }
            catch (FactoryException e)
            {
                Assert.Equal("IFA962", e.Faults[0].Code);
                Interlocked.Increment(ref refused);
            }
        });

        Assert.InRange(refused, Inputs / 20, Inputs - (Inputs / 20));
        Assert.True(time.Elapsed < TimeSpan.FromMinutes(2), $"it took {time.Elapsed}");
    }

    [Fact]
    public void Damaged_packages_are_read_or_refused()
    {
        using RawFileSource source = RawFileSource.Open(system.Database);
        byte[][] samples = [.. SqliteFile.Open(source).Column("Packages", 1).OrderBy(b => b.Length).Take(20)];
        int refused = 0;
        Parallel.For(0, 30_000, index =>
        {
            Random random = new(index);
            byte[] blob = Damage(samples[random.Next(samples.Length)], random);
            try
            {
                RpmHeader header = RpmHeader.Parse(blob);
                for (int tag = RpmTag.Name; tag <= RpmTag.Folders; tag++)
                {
                    Assert.All(header.Texts(tag), t => Assert.DoesNotContain('\0', t));
                    Assert.True(header.Numbers(tag).Count <= blob.Length / 4);
                }
            }
            catch (InvalidDataException)
            {
                Interlocked.Increment(ref refused);
            }
        });

        Assert.InRange(refused, 3000, 29_000);
    }

    /// <summary>Most of the damage goes where numbers stand that lead elsewhere: the first bytes, and those around a page's or a block's beginning.</summary>
    private static byte[] Damage(byte[] sample, Random random)
    {
        byte[] bytes = [.. sample];
        for (int change = random.Next(1, 6); change > 0; change--)
        {
            int at = random.Next(3) switch
            {
                0 => random.Next(Math.Min(200, bytes.Length)),
                1 => Math.Min((random.Next((bytes.Length / 4096) + 1) * 4096) + random.Next(64), bytes.Length - 1),
                _ => random.Next(bytes.Length),
            };
            if (random.Next(2) == 0 || at + 4 > bytes.Length)
                bytes[at] ^= (byte)(1 << random.Next(8));
            else if (random.Next(2) == 0)
                BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), Edges[random.Next(Edges.Length)]);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), Edges[random.Next(Edges.Length)]);
        }

        return random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }
}
