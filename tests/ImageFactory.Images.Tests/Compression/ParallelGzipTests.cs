using System.IO.Compression;
using ImageFactory.Images.Compression;

namespace ImageFactory.Images.Tests.Compression;

public sealed class ParallelGzipTests
{
    private const int Block = 1 << 20;

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    /// <summary>Blocks of every kind next to each other; letters are random, lower case: their entropy is log2(26) = 4.7 of 8 bits.</summary>
    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.Optimal)]
    [InlineData(CompressionLevel.SmallestSize)]
    public async Task Every_kind_of_block_comes_back(CompressionLevel level)
    {
        byte[] data = new byte[(6 * Block) + 12_345];
        Random random = new(1);
        random.NextBytes(data.AsSpan(Block, Block));
        random.GetItems("abcdefghijklmnopqrstuvwxyz"u8, data.AsSpan(3 * Block, Block));
        random.NextBytes(data.AsSpan(4 * Block, Block / 2));
        random.NextBytes(data.AsSpan(6 * Block));

        byte[] packed = await PackAsync(data, level, 0);

        Assert.Equal(data, Unpack(packed));
    }

    [Fact]
    public async Task What_is_smaller_compressed_is_compressed_and_what_is_not_is_stored()
    {
        byte[] letters = new byte[4 * Block];
        byte[] noise = new byte[4 * Block];
        Random random = new(2);
        random.GetItems("abcdefghijklmnopqrstuvwxyz"u8, letters);
        random.NextBytes(noise);

        // 4.7 of 8 bits are 0.5876; stored blocks of deflate cost 5 bytes for at most 65535.
        Assert.InRange((await PackAsync(letters, CompressionLevel.Optimal, 0)).Length, letters.Length * 0.587, letters.Length * 0.62);
        Assert.InRange((await PackAsync(noise, CompressionLevel.Optimal, 0)).Length, noise.Length, noise.Length * 1.001);
        Assert.InRange((await PackAsync(new byte[4 * Block], CompressionLevel.Optimal, 0)).Length, 1, 4 * Block / 500);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(Block)]
    public async Task A_block_that_is_ended_early_changes_nothing_in_the_content(int first)
    {
        byte[] data = new byte[(2 * Block) + 1];
        new Random(3).NextBytes(data);

        Assert.Equal(data, Unpack(await PackAsync(data, CompressionLevel.Optimal, first)));
    }

    private static async Task<byte[]> PackAsync(byte[] data, CompressionLevel level, int first)
    {
        using MemoryStream packed = new();
        await using ParallelGzip gzip = new(packed, level, 2);
        await gzip.WriteAsync(data.AsMemory(0, first), Never);
        await gzip.EndBlockAsync(Never);
        await gzip.WriteAsync(data.AsMemory(first), Never);
        await gzip.FinishAsync(Never);
        return packed.ToArray();
    }

    /// <summary>By gzip, which checks the sum and the length at the end.</summary>
    private static byte[] Unpack(byte[] packed)
    {
        using ScratchFolder scratch = new();
        File.WriteAllBytes(scratch["packed.gz"], packed);
        Tool.Run("gzip", "-d", scratch["packed.gz"]);
        return File.ReadAllBytes(scratch["packed"]);
    }
}
