using ImageFactory.Model;

namespace ImageFactory.Pipeline.Tests;

public sealed class StageKeyTests
{
    /// <summary>
    /// Made with Python: <c>sha256(b"".join(struct.pack("&gt;I", len(f)) + f for f in ["stage","disk","size","12","files","2","files[0]","ä","files[1]",""]))</c>,
    /// each field in UTF-8.
    /// </summary>
    [Fact]
    public void The_digest_is_the_documented_one()
    {
        using StageKey key = new();

        key.Add("stage", "disk").Add("size", 12).Add("files", ["ä", ""]);

        Assert.Equal(new Sha256("b47afa4c95ae1dd01e7d4e51f805de9a5d4a6c661e6de3aead30178d9e5bc7a7"), key.ToDigest());
    }

    [Theory]
    [InlineData("ab", "c", "a", "bc")]
    [InlineData("", "ab", "ab", "")]
    public void Field_and_value_never_run_into_each_other(string field, string value, string otherField, string otherValue)
    {
        using StageKey key = new();
        using StageKey other = new();

        Assert.NotEqual(key.Add(field, value).ToDigest(), other.Add(otherField, otherValue).ToDigest());
    }
}
