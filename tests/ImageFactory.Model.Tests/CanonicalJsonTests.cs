using ImageFactory.Model.Manifests;

namespace ImageFactory.Model.Tests;

public sealed class CanonicalJsonTests
{
    [Fact]
    public void Members_are_sorted_nulls_left_out_and_the_end_is_one_newline() =>
        Assert.Equal("{\n  \"a\": [\n    2,\n    1\n  ],\n  \"b\": \"ä<\",\n  \"d\": {\n    \"x\": 1,\n    \"y\": 2\n  }\n}\n", CanonicalJson.Write(new { B = "ä<", A = (int[])[2, 1], C = (string?)null, D = new { Y = 2, X = 1 } }));

    [Fact]
    public void Order_of_a_dictionary_does_not_matter()
    {
        Dictionary<string, int> one = new() { ["b"] = 1, ["a"] = 2 };
        Dictionary<string, int> other = new() { ["a"] = 2, ["b"] = 1 };

        Assert.Equal(CanonicalJson.Write(one), CanonicalJson.Write(other));
    }

    [Theory]
    [InlineData("auto", 0)]
    [InlineData("64MiB", 67108864)]
    [InlineData("4GiB", 4294967296)]
    public void Sizes_of_recipes_are_powers_of_1024(string text, long bytes) => Assert.Equal(bytes, ByteCount.Parse(text));

    [Theory]
    [InlineData("4GB")]
    [InlineData("-1MiB")]
    [InlineData("MiB")]
    public void What_is_no_size_is_refused(string text) => Assert.Throws<FormatException>(() => ByteCount.Parse(text));
}
