using System.Text;
using ImageFactory.Images.Compression;

namespace ImageFactory.Images.Tests.Compression;

public sealed class Crc32Tests
{
    /// <summary>The check value of the catalogue of CRCs, and what the gzip program has at the end of its files.</summary>
    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("123456789", 0xcbf43926u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x414fa339u)]
    public void It_has_the_published_values(string text, uint expected) => Assert.Equal(expected, Crc32.Of(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Parts_combine_to_the_whole()
    {
        byte[] data = new byte[100_000];
        new Random(1).NextBytes(data);
        uint whole = Crc32.Of(data);

        foreach (int cut in (int[])[0, 1, 2, 7, 8, 9, 511, 65536, 99_999, 100_000])
            Assert.Equal(whole, Crc32.Combine(Crc32.Of(data.AsSpan(0, cut)), Crc32.Of(data.AsSpan(cut)), data.Length - cut));
    }
}
