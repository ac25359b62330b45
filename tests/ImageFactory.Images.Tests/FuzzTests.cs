using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Fat;
using ImageFactory.Images.Gpt;
using ImageFactory.Images.Qcow2;
using ImageFactory.Images.Uki;
using ImageFactory.Images.Verity;
using ImageFactory.Images.Vhd;
using ImageFactory.Model;

namespace ImageFactory.Images.Tests;

/// <summary>Damaged inputs of a fixed seed: a reader answers with its result or with a fault, in bounded time and memory.</summary>
public sealed class FuzzTests
{
    private const int Rounds = 25_000;

    /// <summary>For each of four kinds of images: 240,000 in all, for these come from anywhere.</summary>
    private const int Qcow2Rounds = 60_000;

    /// <summary>Values that break bounds more often than random ones do.</summary>
    private static readonly uint[] Edges = [0, 1, 2, 7, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("pe", "uki.efi")]
    [InlineData("pe", "edge-pe32.efi")]
    public void Pe(string folder, string file)
    {
        byte[] sample = Vectors.Bytes(folder, file);
        Fuzz(sample, HotRange(0, 1024), bytes =>
        {
            UkiFile uki = UkiFile.Read(MemorySource.Of(bytes));
            _ = uki.CommandLine;
            _ = uki.Stub;
            uki.Pe.AuthenticodeDigest(HashAlgorithmName.SHA256);
        });
    }

    [Fact]
    public void Verity_superblock()
    {
        Fuzz(Vectors.Bytes("verity", "hash.bin"), HotRange(0, 128), bytes =>
        {
            VeritySuperblock superblock = VerityVerifier.ReadSuperblock(MemorySource.Of(bytes));
            if (superblock.DataBlocks > 2)
                Assert.Throws<FactoryException>(() => VerityVerifier.RootHashAsync(MemorySource.Of(new byte[8192]), superblock, Cancellation).GetAwaiter().GetResult());
        });
    }

    [Fact]
    public async Task Gpt()
    {
        MemoryStream disk = new();
        GptTable table = new(new Guid("11111111-2222-3333-4444-555555555555"), 64 << 10, [.. Enumerable.Range(5, 3).Select(number =>
            new GptPartition(PartitionTypes.LinuxGeneric, new Guid(number, 0, 0, new byte[8]), $"p{number}", number * 4096, 4096))]);
        await GptWriter.WriteAsync(table, disk, Cancellation);
        byte[] sample = disk.ToArray();
        int round = 0;
        Fuzz(sample, HotRange(512, 92, sample.Length - 512, 92, 1024, 400), bytes =>
        {
            // Checksums would hide everything behind them, so half of the inputs get theirs mended.
            if (round++ % 2 == 0)
                MendChecksums(bytes);
            GptReader.Read(MemorySource.Of(bytes), []);
        });
    }

    [Fact]
    [Trait("needs", "mtools")]
    public void Fat()
    {
        using ScratchFolder folder = new();
        string image = folder.Write("fat", new byte[1 << 20]);
        Tool.Run("mkfs.vfat", "--invariant", "-F", "12", "-i", "12345678", image);
        Tool.Run("mmd", "-i", image, "::/EFI", "::/EFI/BOOT");
        Tool.Run("mcopy", "-i", image, folder.Write("a file with a long name", new byte[9000]), "::/EFI/BOOT/");
        byte[] sample = File.ReadAllBytes(image)[..(64 << 10)];
        sample[19] = 128; // sectors, low byte: 64 KiB of the file system hold all that is used
        sample[20] = 0;
        Fuzz(sample, HotRange(0, 64, 512, 64, 0x1000, 24_000), bytes =>
        {
            FatFileSystem files = FatFileSystem.Open(MemorySource.Of(bytes));
            foreach (FatEntry entry in files.Walk().Where(entry => !entry.IsFolder))
            {
                IExtentSource file = files.OpenFile(entry);
                file.Read(0, new byte[Math.Min(file.Length, 1 << 20)]);
            }
        });
    }

    [Theory]
    [Trait("needs", "qemu-img")]
    [InlineData("compat=1.1,compression_type=zlib")]
    [InlineData("compat=1.1,compression_type=zstd")]
    [InlineData("compat=0.10")]
    [InlineData("compat=1.1,backing_fmt=raw")]
    public void Qcow2(string options)
    {
        using ScratchFolder folder = new();
        byte[] content = new byte[16 << 10];
        content.AsSpan(1024, 9_000).Fill(7);
        new Random(5).NextBytes(content.AsSpan(12_000, 1000));
        string raw = folder.Write("raw", content);
        bool backed = options.Contains("backing", StringComparison.Ordinal);
        // Small clusters keep the sample small: most of what is changed then decides something.
        if (backed)
        {
            Tool.Run("qemu-img", "create", "-q", "-f", "qcow2", "-b", raw, "-o", $"cluster_size=512,{options}", folder["qcow2"]);
            Tool.Run("qemu-io", "-c", "write -P 3 2k 1k", "-c", "write -z 8k 1k", folder["qcow2"]);
        }
        else
        {
            Tool.Run("qemu-img", "convert", "-c", "-O", "qcow2", "-o", $"cluster_size=512,{options}", raw, folder["qcow2"]);
        }

        byte[] sample = File.ReadAllBytes(folder["qcow2"]);
        int read = 0;
        Fuzz(sample, HotRange(0, 300, 0x200, sample.Length - 0x200), Qcow2Rounds, bytes =>
        {
            using Qcow2Source disk = new(MemorySource.Of(bytes), backed ? (_, _) => MemorySource.Of(content) : null);
            foreach (Extent extent in disk.Extents(0, Math.Min(disk.Length, 64 << 10)))
                disk.Read(extent.Offset, new byte[Math.Min(extent.Length, 16 << 10)]);
            read++;
        });

        // Both ways are met often: images that are read, and images that are refused.
        Assert.InRange(read, Qcow2Rounds / 20, Qcow2Rounds - (Qcow2Rounds / 20));
    }

    [Fact]
    [Trait("needs", "qemu-img")]
    public void Dynamic_vhd()
    {
        using ScratchFolder folder = new();
        byte[] content = new byte[4 << 20];
        content.AsSpan(4096, 20_000).Fill(7);
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "vpc", "-o", "subformat=dynamic,force_size=on", folder.Write("raw", content), folder["vhd"]);

        // A block has 2 MiB; what is cut out of its middle is no structure.
        byte[] whole = File.ReadAllBytes(folder["vhd"]);
        byte[] sample = [.. whole.AsSpan(0, 64 << 10), .. whole.AsSpan(whole.Length - 512)];
        BinaryPrimitives.WriteUInt32BigEndian(sample.AsSpan(512 + 32), 16 << 10);
        BinaryPrimitives.WriteUInt64BigEndian(sample.AsSpan(sample.Length - 512 + 48), 32 << 10);
        Fuzz(sample, HotRange(512, 64, 1536, 32, sample.Length - 512, 68), bytes =>
        {
            if (bytes.Length < 512)
                return;
            using DynamicVhdSource disk = new(MemorySource.Of(bytes), bytes.AsSpan(bytes.Length - 512));
            foreach (Extent extent in disk.Extents(0, Math.Min(disk.Length, 1 << 20)))
                disk.Read(extent.Offset, new byte[Math.Min(extent.Length, 64 << 10)]);
        });
    }

    private static void Fuzz(byte[] sample, (int Start, int Length)[] hot, Action<byte[]> read) => Fuzz(sample, hot, Rounds, read);

    private static void Fuzz(byte[] sample, (int Start, int Length)[] hot, int rounds, Action<byte[]> read)
    {
        Random random = new(20261121);
        Stopwatch watch = Stopwatch.StartNew();
        long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        byte[] bytes = [.. sample];
        for (int round = 0; round < rounds; round++)
        {
            int[] changed = Mutate(bytes, hot, random);
            byte[] input = random.Next(20) == 0 ? bytes[..random.Next(bytes.Length)] : [.. bytes];
            try
            {
                read(input);
            }
            catch (FactoryException expected)
            {
                Assert.StartsWith("IFI", expected.Faults[0].Code, StringComparison.Ordinal);
            }

            foreach (int offset in changed)
                bytes[offset] = sample[offset];
        }

        double perRound = (GC.GetAllocatedBytesForCurrentThread() - allocatedBefore) / (double)rounds;
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(3), $"{rounds} inputs took {watch.Elapsed}");
        Assert.True(perRound < sample.Length + (4 << 20), $"{perRound:F0} bytes were allocated per input");
    }

    /// <summary>Changes a few places, mostly where headers and tables are; returns the offsets.</summary>
    private static int[] Mutate(byte[] bytes, (int Start, int Length)[] hot, Random random)
    {
        List<int> changed = [];
        for (int count = random.Next(1, 5); count > 0; count--)
        {
            (int start, int length) = random.Next(8) == 0 ? (0, bytes.Length) : hot[random.Next(hot.Length)];
            int offset = start + random.Next(length);
            uint value = random.Next(2) == 0 ? (uint)random.Next() : Edges[random.Next(Edges.Length)];
            int width = 1 << random.Next(3);
            for (int index = 0; index < width && offset + index < bytes.Length; index++)
            {
                bytes[offset + index] = (byte)(value >> (8 * index));
                changed.Add(offset + index);
            }
        }

        return [.. changed];
    }

    private static (int Start, int Length)[] HotRange(params int[] pairs) => [.. pairs.Chunk(2).Select(pair => (pair[0], pair[1]))];

    private static void MendChecksums(byte[] disk)
    {
        foreach (int header in (int[])[512, disk.Length - 512])
        {
            if (header < 512 || header + 92 > disk.Length)
                continue;
            int entries = header == 512 ? 1024 : header - (32 * 512);
            if (entries > 0 && entries + (128 * 128) <= disk.Length)
                BinaryPrimitives.WriteUInt32LittleEndian(disk.AsSpan(header + 88), Crc32.Of(disk.AsSpan(entries, 128 * 128)));
            disk.AsSpan(header + 16, 4).Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(disk.AsSpan(header + 16), Crc32.Of(disk.AsSpan(header, 92)));
        }
    }
}
