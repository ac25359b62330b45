using ImageFactory.Build.CommandLine;

namespace ImageFactory.Build.Tests.CommandLine;

public sealed class NearestMatchTests
{
    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("build", "biuld", 1)]
    [InlineData("same", "same", 0)]
    public void A_distance_counts_letters_inserted_removed_replaced_or_swapped(string a, string b, int distance) =>
        Assert.Equal(distance, NearestMatch.Distance(a, b));

    [Fact]
    public void What_is_far_from_everything_gets_no_guess() => Assert.Null(NearestMatch.Of("zebra", ["build", "plan", "clean"]));
}
