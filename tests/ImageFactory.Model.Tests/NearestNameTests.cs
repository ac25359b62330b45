namespace ImageFactory.Model.Tests;

public sealed class NearestNameTests
{
    private static readonly string[] Words = ["build", "plan", "clean", "completion", "no-color"];

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("build", "biuld", 1)]
    [InlineData("same", "same", 0)]
    [InlineData("ca", "abc", 3)]
    public void A_distance_counts_letters_inserted_removed_replaced_or_swapped(string a, string b, int distance)
    {
        Assert.Equal(distance, NearestName.Distance(a, b));
        Assert.Equal(distance, NearestName.Distance(b, a));
    }

    [Theory]
    [InlineData("biuld", "build")]
    [InlineData("BUILD", "build")]
    [InlineData("comp", "completion")]
    [InlineData("NO_COLOUR", "no-color")]
    public void A_slip_of_the_finger_is_understood(string text, string meant) => Assert.Equal(meant, NearestName.Of(text, Words));

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("c")]
    [InlineData("zebra")]
    [InlineData("planning it all anew")]
    public void What_is_far_from_everything_gets_no_guess(string text) => Assert.Null(NearestName.Of(text, Words));
}
