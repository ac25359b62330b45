using ImageFactory.Model;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Binding;

/// <summary>What can be wrong with keys and the types of their values.</summary>
internal static class BindingFaults
{
    public static Fault UnknownKey(string key, IReadOnlyList<string> known) =>
        Invalid("IFR201", $"the key {NodeText.Quote(key)} is not known here", NearestName.Hint(key, known));

    public static Fault MissingKey(string key, string owner, string example) =>
        Invalid("IFR202", $"the key '{key}' is missing{owner}", $"add '{example}'");

    public static Fault WrongType(string path, string expected, Node found, string hint) =>
        Invalid("IFR203", $"'{path}' is {expected}, and {NodeText.Describe(found)} was found", hint);

    public static Fault UnknownWord(string path, string word, IReadOnlyList<string> known) =>
        Invalid("IFR204", $"'{path}' cannot be {NodeText.Quote(word)}", NearestName.Hint(word, known));

    public static Fault UnknownKind(string path, string word, IReadOnlyList<string> known) =>
        Invalid("IFR205", $"'{path}' has no kind {NodeText.Quote(word)}", NearestName.Hint(word, known));

    public static Fault OutOfRange(string path, string found, long least, long most) =>
        Invalid("IFR206", $"'{path}' is {found}, which is not between {least} and {most}", "give a number in between");

    public static Fault EmptyEntry(string path) =>
        Invalid("IFR207", $"'{path}' is an entry without a value", "remove the '-', or give it a value");

    public static Fault EmptyPath(string path) =>
        Invalid("IFR209", $"'{path}' is an empty path", "name a file, relative to the file that this is written in");

    public static Fault NotAPath(string path, string found) =>
        Invalid("IFR210", $"'{path}' is {found}, which is not the path of a file", "write it to a file and name that: a recipe holds no keys and no contents here");

    public static Fault FileMissing(string path, string found) =>
        new("IFR211", ExitCode.MissingInput, $"the file {NodeText.Quote(found)} of '{path}' does not exist")
        {
            Hint = "a relative path starts from the folder of the file that it is written in",
        };

    public static Fault FolderMissing(string path, string found) =>
        new("IFR212", ExitCode.MissingInput, $"the folder {NodeText.Quote(found)} of '{path}' does not exist")
        {
            Hint = "a relative path starts from the folder of the file that it is written in",
        };

    public static Fault NothingMatches(string path, string found) =>
        new("IFR215", ExitCode.MissingInput, $"no file matches {NodeText.Quote(found)} of '{path}'")
        {
            Hint = "a relative path starts from the folder of the file that it is written in",
        };

    public static Fault PatternInFolder(string path, string found) =>
        Invalid("IFR216", $"{NodeText.Quote(found)} of '{path}' has '*' or '?' in a folder's name", "only the last part of a path may have them");

    public static Fault FileExpected(string path, string found) => Invalid("IFR213", $"{NodeText.Quote(found)} of '{path}' is a folder", "name a file");

    public static Fault FolderExpected(string path, string found) => Invalid("IFR214", $"{NodeText.Quote(found)} of '{path}' is a file", "name a folder");

    public static Fault AndMore(string? where, int count) =>
        new("IFR299", ExitCode.InvalidInput, $"{count} more faults are not shown") { Where = where, Hint = "mend these first" };

    private static Fault Invalid(string code, string message, string hint) => new(code, ExitCode.InvalidInput, message) { Hint = hint };
}
