using System.Text.Json;
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

    [Fact]
    public void What_was_left_out_because_it_is_null_is_read_again()
    {
        BootFacts secure = new("quiet", null, "6.1.0-40-s390x", null, null);
        UkiFacts unprotected = new(Sha256.Of([]), 1, "quiet", null, "6.1.0", null, false, []);
        SecureExecutionFacts verity = new("00", [], Sha256.Of([]), 1, "verity", null, "11", "quiet", "6.1.0");

        Assert.Equal(secure, JsonSerializer.Deserialize<BootFacts>(CanonicalJson.Write(secure), CanonicalJson.Strict));
        Assert.Null(JsonSerializer.Deserialize<UkiFacts>(CanonicalJson.Write(unprotected), CanonicalJson.Strict)!.RootHash);
        Assert.Null(JsonSerializer.Deserialize<SecureExecutionFacts>(CanonicalJson.Write(verity), CanonicalJson.Strict)!.LuksUuid);
    }

    [Theory]
    [InlineData("{\"kernelVersion\":\"6.1\"}")]
    [InlineData("{\"commandLine\":null,\"kernelVersion\":\"6.1\"}")]
    public void What_may_not_be_null_must_be_there(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<BootFacts>(json, CanonicalJson.Strict));

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
