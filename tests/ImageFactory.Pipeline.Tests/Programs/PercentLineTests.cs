using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Pipeline.Tests.Programs;

public sealed class PercentLineTests
{
    [Theory]
    [InlineData("    (0.00/100%)", 0)]
    [InlineData("    (12.94/100%)  ", 12)]
    [InlineData("(100.00/100%)", 100)]
    public void What_qemu_img_prints_is_read(string line, int percent)
    {
        Assert.True(PercentLine.TryRead(line, out int read));
        Assert.Equal(percent, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("(")]
    [InlineData("(/100%)")]
    [InlineData("/100%)")]
    [InlineData("(-1.00/100%)")]
    [InlineData("(100.01/100%)")]
    [InlineData("(1e1/100%)")]
    [InlineData("(99999999999999999999999999999999999/100%)")]
    [InlineData("written (12.00/100%)")]
    [InlineData("(12.00/100%) written")]
    public void Another_line_is_none(string line) => Assert.False(PercentLine.TryRead(line, out _));
}
