namespace ImageFactory.Model.Tests;

public sealed class Sha256Tests
{
    /// <summary>FIPS 180-2, appendix B.1.</summary>
    [Fact]
    public void The_digest_of_abc_is_that_of_the_standard() =>
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Sha256.Of("abc").Hex);

    [Theory]
    [InlineData("")]
    [InlineData("ba7816bf")]
    [InlineData("zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void Anything_but_64_hex_digits_is_refused(string text) => Assert.Throws<FormatException>(() => new Sha256(text));

    [Fact]
    public void Capitals_mean_the_same() =>
        Assert.Equal(Sha256.Of("abc"), new Sha256("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"));

    [Theory]
    [InlineData(0)]
    [InlineData(1, 0)]
    [InlineData(4096)]
    [InlineData(3_000_001)]
    [InlineData(3_000_001, 0)]
    [InlineData(3_000_001, 1_500_000)]
    [InlineData(3_000_001, 0, 65_536, 2_999_000)]
    public async Task A_file_with_holes_has_the_digest_of_its_bytes(int length, params int[] written)
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] content = new byte[length];
            await using (FileStream file = File.Create(path))
            {
                file.SetLength(length);
                foreach (int at in written)
                {
                    content[at] = 0x5a;
                    file.Position = at;
                    file.WriteByte(0x5a);
                    await file.FlushAsync(TestContext.Current.CancellationToken);
                }
            }

            Assert.Equal(Sha256.Of(content), await Sha256.OfFileAsync(path, TestContext.Current.CancellationToken));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
