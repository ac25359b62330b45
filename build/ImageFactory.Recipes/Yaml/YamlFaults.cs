using ImageFactory.Model;

namespace ImageFactory.Recipes.Yaml;

/// <summary>What can be wrong with a file before anybody asks what it means.</summary>
internal static class YamlFaults
{
    public static Fault Missing(string file) =>
        new("IFR001", ExitCode.MissingInput, "there is no such file")
        {
            Where = file,
            Hint = "name the recipe with --recipe, or write one: recipes/README.md shows the smallest",
        };

    public static Fault Unreadable(string file, string cause) =>
        new("IFR002", ExitCode.MissingInput, "the file cannot be read") { Where = file, Detail = cause, Hint = "check the rights on it and on its folders" };

    public static Fault IsFolder(string file) =>
        new("IFR003", ExitCode.MissingInput, "this is a folder, a file is expected") { Where = file, Hint = "name the recipe in it" };

    public static Fault TooLarge(string file, long bytes) =>
        new("IFR004", ExitCode.InvalidInput, $"the file has {bytes} bytes, a recipe has at most {YamlLimits.FileBytes}")
        {
            Where = file,
            Hint = "keep contents in files of their own and name them in the recipe",
        };

    public static Fault Empty(string file) =>
        new("IFR005", ExitCode.InvalidInput, "the file holds no recipe") { Where = file, Hint = "a recipe has at least name and base" };

    public static Fault NotUtf8(Place place) =>
        new("IFR006", ExitCode.InvalidInput, "the text is not UTF-8 from here on") { Where = place.ToString(), Hint = "save the file as UTF-8" };

    public static Fault ControlCharacter(Place place, char character) =>
        new("IFR007", ExitCode.InvalidInput, $"the character U+{(int)character:X4} is not allowed")
        {
            Where = place.ToString(),
            Hint = "remove it, or write it with an escape in double quotes",
        };

    public static Fault Syntax(Place place, string cause, bool tab) =>
        new("IFR008", ExitCode.InvalidInput, $"the YAML cannot be read: {Sentence(cause)}")
        {
            Where = place.ToString(),
            Hint = tab ? "indent with spaces: YAML has no tabs there" : "check indentation, quotes and brackets here and in the line above",
        };

    public static Fault SeveralDocuments(Place place) =>
        new("IFR009", ExitCode.InvalidInput, "a second document begins here; a recipe is one")
        {
            Where = place.ToString(),
            Hint = "remove the line '---', or make two files and let one extend the other",
        };

    public static Fault NotMapping(Place place, string found) =>
        new("IFR010", ExitCode.InvalidInput, $"{found} was found, a recipe is a mapping of keys to values") { Where = place.ToString(), Hint = "begin with 'name: my-image'" };

    public static Fault DuplicateKey(Place place, string key, Place first) =>
        new("IFR011", ExitCode.InvalidInput, $"the key {NodeText.Quote(key)} is here a second time")
        {
            Where = place.ToString(),
            Hint = $"keep one; the first is at {first}",
        };

    public static Fault KeyNotText(Place place, string found) =>
        new("IFR012", ExitCode.InvalidInput, $"{found} stands where a key belongs") { Where = place.ToString(), Hint = "keys are words; put braces of a template in quotes" };

    public static Fault KeyTooLong(Place place, string key) =>
        new("IFR013", ExitCode.InvalidInput, $"the key {NodeText.Quote(key)} has {key.Length} characters, {YamlLimits.KeyLength} are allowed")
        {
            Where = place.ToString(),
            Hint = "shorten it",
        };

    public static Fault MergeKey(Place place) =>
        new("IFR014", ExitCode.InvalidInput, "merge keys ('<<') are not part of YAML 1.2 and not of recipes")
        {
            Where = place.ToString(),
            Hint = "put what is shared into a recipe of its own and name it with 'extends:'",
        };

    public static Fault Tag(Place place, string tag) =>
        new("IFR015", ExitCode.InvalidInput, $"the tag {NodeText.Quote(tag)} is not allowed: a recipe's types come from its keys")
        {
            Where = place.ToString(),
            Hint = "remove the tag; put a text that looks like a number in quotes, and one that begins with '!' too",
        };

    public static Fault UnknownAlias(Place place, string name) =>
        new("IFR016", ExitCode.InvalidInput, $"no complete value above has the anchor {NodeText.Quote(name)}")
        {
            Where = place.ToString(),
            Hint = "put a text that begins with '*' in quotes; an anchor ('&name') must end before its alias",
        };

    public static Fault TooDeep(Place place) =>
        new("IFR017", ExitCode.InvalidInput, $"values are nested deeper than {YamlLimits.Depth} levels") { Where = place.ToString(), Hint = "no key of a recipe needs that; see recipes/README.md" };

    public static Fault TooMany(Place place) =>
        new("IFR018", ExitCode.InvalidInput, $"the recipe has more than {YamlLimits.Values} values, aliases followed")
        {
            Where = place.ToString(),
            Hint = "keep contents in files of their own and name them in the recipe",
        };

    /// <summary>The parser's own words begin in capitals and some repeat the place.</summary>
    private static string Sentence(string cause)
    {
        int place = cause.IndexOf("): ", StringComparison.Ordinal);
        string text = (place < 0 ? cause : cause[(place + 3)..]).TrimEnd('.', ' ');
        return text.Length == 0 ? "this is not YAML" : string.Concat(text.Select((c, i) => i == 0 ? char.ToLowerInvariant(c) : char.IsControl(c) ? ' ' : c));
    }
}
