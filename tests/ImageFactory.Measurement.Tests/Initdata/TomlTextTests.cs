using ImageFactory.Measurement.Initdata;

namespace ImageFactory.Measurement.Tests.Initdata;

/// <summary>Expected values are those of Python's tomllib; refusals are of what TOML refuses, or of what initdata does not need.</summary>
public sealed class TomlTextTests
{
    [Theory]
    [InlineData("a = \"x\"", "x")]
    [InlineData("a = 'x\\n'", "x\\n")]
    [InlineData("a = \"x\\n\\t\\\"\\\\\\u00e4\\U0001d11e\"", "x\n\t\"\\ä𝄞")]
    [InlineData("a = '''\nx'''", "x")]
    [InlineData("a = '''\r\nx\r\ny'''", "x\ny")]
    [InlineData("a = '''x''''", "x'")]
    [InlineData("a = '''x'''''", "x''")]
    [InlineData("a = \"\"\"x\"\"\"\"", "x\"")]
    [InlineData("a = \"\"\"\\\n   x \\\n  \n y\"\"\"", "x y")]
    [InlineData("\"a\" = 'x' # comment", "x")]
    [InlineData("  'a'\t=\t''  ", "")]
    public void A_text_is_read_as_TOML_means_it(string toml, string value)
    {
        TomlEntry entry = Assert.Single(TomlText.Read(toml));

        Assert.Equal(("", "a", value), (entry.Table, entry.Key, entry.Value));
    }

    [Fact]
    public void Tables_keys_and_lines_are_kept()
    {
        IReadOnlyList<TomlEntry> entries = TomlText.Read("a = '1'\n\n[ t ] # comment\n# comment\nb-c_1 = '2'\n[\"u.v\"]\n\"x.y\" = '3'");

        Assert.Equal([new("", "a", "1", 1), new("t", "b-c_1", "2", 5), new("u.v", "x.y", "3", 7)], entries);
    }

    [Theory]
    [InlineData("a = 1", 1, 5, "numbers")]
    [InlineData("a = true", 1, 5, "booleans")]
    [InlineData("a = ['x']", 1, 5, "arrays")]
    [InlineData("a = {b = 'x'}", 1, 5, "inline tables")]
    [InlineData("a.b = 'x'", 1, 1, "dotted keys")]
    [InlineData("[[a]]", 1, 1, "arrays of tables")]
    [InlineData("a = 'x'\na = 'y'", 2, 1, "twice")]
    [InlineData("[a]\n[a]", 2, 1, "twice")]
    [InlineData("a = 'x' b = 'y'", 1, 9, "goes on")]
    [InlineData("a = 'x\n'", 1, 5, "no end")]
    [InlineData("a = '''x", 1, 5, "no end")]
    [InlineData("a = \"\\x\"", 1, 6, "no escape")]
    [InlineData("a = \"\\ud800\"", 1, 6, "hex digits")]
    [InlineData("a = \"\u0001\"", 1, 6, "U+0001")]
    [InlineData("a =", 1, 4, "missing")]
    [InlineData("a", 1, 2, "'=' is missing")]
    [InlineData("[a", 1, 3, "']' is missing")]
    [InlineData("= 'x'", 1, 1, "a key is expected")]
    [InlineData("\n\n'''a''' = 'x'", 3, 1, "several lines")]
    public void Anything_else_is_refused_with_its_place(string toml, int line, int column, string says)
    {
        TomlException refused = Assert.Throws<TomlException>(() => TomlText.Read(toml));

        Assert.Equal((line, column), (refused.Line, refused.Column));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }
}
