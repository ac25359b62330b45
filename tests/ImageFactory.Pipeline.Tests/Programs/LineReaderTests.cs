using System.Text;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Pipeline.Tests.Programs;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("a\nb\n", "a|b")]
    [InlineData("a\r\nb", "a|b")]
    [InlineData("10%\r20%\rdone\n", "10%|20%|done")]
    [InlineData("a\n\nb", "a||b")]
    [InlineData("", "")]
    public async Task A_line_ends_with_a_line_feed_a_return_or_both(string text, string expected)
    {
        Assert.Equal(expected, string.Join('|', await ReadAsync(Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public async Task A_line_without_an_end_is_cut_off()
    {
        List<string> lines = await ReadAsync([.. Enumerable.Repeat((byte)'x', 10_000_000), (byte)'\n', (byte)'y']);

        Assert.Equal([LineReader.LongestLine + 1, 1], lines.Select(l => l.Length));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_do_not_end_the_reading()
    {
        Assert.Equal(["a\ufffdb", "c"], await ReadAsync([(byte)'a', 0xff, (byte)'b', (byte)'\n', (byte)'c']));
    }

    private static async Task<List<string>> ReadAsync(byte[] bytes)
    {
        List<string> lines = [];
        await LineReader.ReadAsync(new MemoryStream(bytes), lines.Add, TestContext.Current.CancellationToken);
        return lines;
    }
}
