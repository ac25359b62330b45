namespace ImageFactory.Model.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(106_745_856, "101.8 MiB")]
    [InlineData(1_073_741_823, "1.0 GiB")]
    public void A_size_is_written_with_one_digit(long bytes, string text) => Assert.Equal(text, ByteSize.Format(bytes));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("500MiB", 524_288_000)]
    [InlineData("20G", 21_474_836_480)]
    [InlineData("1.5 GiB", 1_610_612_736)]
    [InlineData("1kib", 1024)]
    public void A_size_is_read_with_or_without_a_unit(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out long read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GiB")]
    [InlineData("-1")]
    [InlineData("10GB")]
    [InlineData("1.2.3M")]
    [InlineData("9999999999T")]
    public void What_is_no_size_is_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));
}
