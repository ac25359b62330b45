using System.IO.Compression;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gcp;
using ImageFactory.Model;

namespace ImageFactory.Images.Tests.Gcp;

public sealed class GcpArchiveTests : IDisposable
{
    private readonly ScratchFolder scratch = new();

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public void Dispose() => scratch.Dispose();

    public static TheoryData<long, int, int> Disks => new()
    {
        // size, pieces of data, seed
        { 0, 0, 0 },
        { 1, 1, 1 },
        { 4 << 20, 0, 2 },
        { (4 << 20) + 513, 3, 3 },
        { 40L << 20, 4, 4 },
        { 200L << 20, 5, 5 },
        { 400L << 20, 60, 6 },
        { (1L << 30) + 1, 2, 7 },
        { 9L << 30, 8, 8 },
    };

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task Tar_unpacks_the_same_disk_as_whole_gibibytes(long size, int pieces, int seed)
    {
        string raw = MakeDisk(size, pieces, seed);
        using RawFileSource disk = RawFileSource.Open(raw);
        await using (FileStream archive = File.Create(scratch["image.tar.gz"]))
            await GcpArchive.WriteAsync(disk, archive, CompressionLevel.Fastest, 2, null, Never);

        string listed = Tool.Run("tar", "--numeric-owner", "-tvzf", scratch["image.tar.gz"]);
        Tool.Run("gzip", "-t", scratch["image.tar.gz"]);
        Tool.Run("tar", "-xzf", scratch["image.tar.gz"], "-C", Path.GetDirectoryName(raw)!);

        long expected = Math.Max(1, (size + (1L << 30) - 1) >> 30) << 30;
        Assert.StartsWith("-rw-r--r-- 0/0 ", listed);
        Assert.Contains($" {expected} ", listed);
        Assert.EndsWith(" disk.raw\n", listed);
        using RawFileSource unpacked = RawFileSource.Open(scratch["disk.raw"]);
        Assert.Equal(expected, unpacked.Length);
        AssertSame(disk, unpacked);
    }

    [Fact]
    public async Task What_is_read_as_a_stream_is_the_same_whatever_the_number_of_threads()
    {
        using RawFileSource disk = RawFileSource.Open(MakeDisk(64 << 20, 7, 1));

        Sha256 one = await DigestAsync(1);
        Sha256 many = await DigestAsync(5);

        Assert.Equal(one, many);

        async Task<Sha256> DigestAsync(int threads)
        {
            await using Stream archive = GcpArchive.OpenRead(disk, CompressionLevel.Optimal, threads, null);
            return await Sha256.OfAsync(archive, Never);
        }
    }

    [Fact]
    public async Task A_disk_that_cannot_be_read_ends_the_reader_with_its_fault()
    {
        string path = MakeDisk(8 << 20, 1, 1);
        using RawFileSource disk = RawFileSource.Open(path);
        using (FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(100);
        await using Stream archive = GcpArchive.OpenRead(new AllData(disk), CompressionLevel.Fastest, 2, null);

        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => archive.CopyToAsync(Stream.Null, Never));

        Assert.Equal("IFI103", e.Faults[0].Code);
    }

    [Fact]
    public async Task A_stream_that_is_not_read_to_its_end_can_be_closed()
    {
        using RawFileSource disk = RawFileSource.Open(MakeDisk(64 << 20, 60, 1));

        await using Stream archive = GcpArchive.OpenRead(disk, CompressionLevel.NoCompression, 2, null);

        Assert.Equal(0x1f, archive.ReadByte());
    }

    [Fact]
    public async Task Holes_cost_nothing()
    {
        using RawFileSource disk = RawFileSource.Open(MakeDisk(64L << 30, 2, 3));
        await using Stream archive = GcpArchive.OpenRead(disk, CompressionLevel.Optimal, 2, null);
        using MemoryStream all = new();

        await archive.CopyToAsync(all, Never);

        // Two pieces of 64 KiB that do not compress, 2 % for deflate, and the headers.
        Assert.InRange(all.Length, 2 * 65536, (2 * 65536 * 102 / 100) + 4096);
    }

    private static void AssertSame(RawFileSource disk, RawFileSource unpacked)
    {
        byte[] expected = new byte[1 << 20];
        byte[] found = new byte[1 << 20];
        foreach (Extent extent in disk.Extents().Concat(unpacked.Extents()).Where(e => e.Kind == ExtentKind.Data))
        {
            for (long offset = extent.Offset; offset < extent.End; offset += expected.Length)
            {
                int count = (int)Math.Min(expected.Length, extent.End - offset);
                expected.AsSpan().Clear();
                disk.Read(offset, expected.AsSpan(0, (int)Math.Clamp(disk.Length - offset, 0, count)));
                unpacked.Read(offset, found.AsSpan(0, count));
                Assert.True(expected.AsSpan(0, count).SequenceEqual(found.AsSpan(0, count)), $"the bytes from {offset} on differ");
            }
        }
    }

    /// <summary>A sparse file with pieces of 64 KiB of noise; the last one at its end.</summary>
    private string MakeDisk(long size, int pieces, int seed)
    {
        string path = scratch[$"source-{seed}"];
        using FileStream file = File.Create(path);
        file.SetLength(size);
        Random random = new(seed);
        for (int i = 0; i < pieces; i++)
        {
            byte[] noise = new byte[Math.Min(65536, size)];
            random.NextBytes(noise);
            file.Position = i == pieces - 1 ? size - noise.Length : random.NextInt64(size / 4096) * 4096 % Math.Max(1, size - noise.Length);
            file.Write(noise);
        }

        return path;
    }

    /// <summary>Claims data everywhere, as a source does whose file is cut while it is read.</summary>
    private sealed class AllData(IExtentSource inner) : IExtentSource
    {
        public string Name => inner.Name;

        public long Length => inner.Length;

        public IEnumerable<Extent> Extents(long offset, long length) => [new Extent(offset, length, ExtentKind.Data)];

        public void Read(long offset, Span<byte> destination) => inner.Read(offset, destination);

        public void Dispose()
        {
        }
    }
}
