using System.Text;
using ImageFactory.Images.Compression;
using ImageFactory.Model;

namespace ImageFactory.Images.Tests.Compression;

public sealed class DecompressionStreamTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [Trait("needs", "zstd")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000_000)]
    public async Task Zstd_comes_back_whole(int size)
    {
        await AssertRoundTripAsync("zstd", "-q", size, stream => new ZstdDecompressionStream(stream));
    }

    [Theory]
    [Trait("needs", "xz")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000_000)]
    public async Task Xz_comes_back_whole(int size)
    {
        await AssertRoundTripAsync("xz", "-k", size, stream => new XzDecompressionStream(stream));
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("xz")]
    public async Task Garbage_is_a_fault(string format)
    {
        byte[] garbage = new byte[10_000];
        new Random(1).NextBytes(garbage);

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => ReadAllAsync(Open(format, garbage)));

        Assert.Equal("IFI602", refused.Faults[0].Code);
    }

    private static async Task AssertRoundTripAsync(string program, string option, int size, Func<Stream, Stream> open)
    {
        using ScratchFolder folder = new();
        Random random = new(size);
        StringBuilder text = new();
        while (text.Length < size)
            text.Append(random.Next()).Append(' ');
        byte[] content = Encoding.ASCII.GetBytes(text.ToString());
        string file = folder.Write("data", content);
        string suffix = program == "xz" ? ".xz" : ".zst";
        Tool.Run(program, option, file);
        byte[] compressed = File.ReadAllBytes(file + suffix);
        string format = program;

        Assert.Equal(content, await ReadAllAsync(open(new MemoryStream(compressed))));
        byte[] twice = [.. content, .. content];
        Assert.Equal(twice, await ReadAllAsync(Open(format, [.. compressed, .. compressed])));
        if (size > 1)
        {
            FactoryException cut = await Assert.ThrowsAsync<FactoryException>(() => ReadAllAsync(Open(format, compressed[..^20])));
            Assert.Equal("IFI603", cut.Faults[0].Code);
            byte[] changed = [.. compressed];
            changed[changed.Length / 2] ^= 0x10;
            await Assert.ThrowsAsync<FactoryException>(() => ReadAllAsync(Open(format, changed)));
        }
    }

    private static Stream Open(string format, byte[] compressed)
    {
        MemoryStream source = new(compressed, writable: false);
        return format == "xz" ? new XzDecompressionStream(source) : new ZstdDecompressionStream(source);
    }

    private static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        await using Stream owned = stream;
        MemoryStream result = new();
        await stream.CopyToAsync(result, Cancellation);
        return result.ToArray();
    }
}
