using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Pipeline.Tests.Programs;

public sealed class ShellTextTests
{
    [Theory]
    [InlineData("plain-1.2/x", "plain-1.2/x")]
    [InlineData("", "''")]
    [InlineData("a b", "'a b'")]
    [InlineData("it's", "'it'\\''s'")]
    [InlineData("$HOME", "'$HOME'")]
    [InlineData("~", "'~'")]
    public void A_word_is_quoted_where_a_shell_would_change_it(string word, string expected)
    {
        Assert.Equal(expected, ShellText.Quote(word));
    }
}
