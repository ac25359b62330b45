using System.Text;
using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.CommandLine;

/// <summary>The texts of <c>--help</c>, in 80 columns.</summary>
internal static class HelpText
{
    private const int Width = 80;

    public const string Purpose = "pod VM images for confidential containers from one recipe";

    public static IReadOnlyList<(string Codes, string Meaning)> ExitCodes { get; } =
    [
        ("0", "done"),
        ("64", "command line wrong"),
        ("65", "recipe or input wrong"),
        ("66", "input missing"),
        ("69", "program or service missing"),
        ("70", "our bug"),
        ("73", "cannot write"),
        ("75", "try again"),
        ("77", "not permitted"),
        ("78", "machine not set up for this"),
        ("100", "something upstream is new (plan --check-upstream)"),
        ("130/143", "interrupted"),
    ];

    public static string General()
    {
        StringBuilder text = new();
        text.Append("ImageFactory makes ").Append(Purpose).Append(".\n\n");
        text.Append("usage: ./build.sh [--target TARGET] [options]\n");
        text.Append("       ./build.sh VERB [options]\n\n");
        text.Append("Without a verb and a target it builds recipes/default.yaml.\n\n");
        text.Append("Targets:\n");
        foreach (Type task in TaskCatalog.Types)
            Row(text, TaskCatalog.NameOf(task), TaskCatalog.DescriptionOf(task), 22);
        text.Append("\nVerbs:\n");
        foreach (Verb verb in Verbs.All)
            Row(text, string.Join(' ', [verb.Name, .. verb.Operands.Select(o => o.ToString())]), verb.Summary, 22);
        text.Append("\nOptions of a build:\n");
        AppendOptions(text, [Options.Target, .. Verbs.Build.Options]);
        text.Append("\nOptions of everything:\n");
        AppendOptions(text, Options.Common);
        text.Append("\nMore: ./build.sh help VERB; README.md; recipes/README.md for keys of recipes.\n");
        foreach (string line in Wrap($"Exit codes: {string.Join(", ", ExitCodes.Select(c => $"{c.Codes} {c.Meaning}"))}.", Width))
            text.Append(line).Append('\n');
        return text.ToString();
    }

    public static string Of(Verb verb)
    {
        StringBuilder text = new();
        foreach (string line in Wrap(Sentence(verb.Summary), Width))
            text.Append(line).Append('\n');
        text.Append("\nusage: ").Append(UsageOf(verb)).Append('\n');
        if (verb.Target is not null)
            text.Append("The same as ./build.sh --target ").Append(verb.Target).Append(".\n");
        if (verb.Options.Count > 0)
        {
            text.Append("\nOptions:\n");
            AppendOptions(text, verb.Options);
        }

        text.Append("\nOptions of everything:\n");
        AppendOptions(text, Options.Common);
        text.Append(verb.Examples.Count == 1 ? "\nExample:\n" : "\nExamples:\n");
        foreach (string example in verb.Examples)
            text.Append("  ./build.sh ").Append(example).Append('\n');
        return text.ToString();
    }

    public static string Sentence(string summary) => char.ToUpperInvariant(summary[0]) + summary[1..] + ".";

    public static string UsageOf(Verb verb)
    {
        if (verb.Name.Length == 0)
            return "./build.sh [--target TARGET] [options]";
        return string.Join(' ', ["./build.sh", verb.Name, .. verb.Operands.Select(o => o.ToString()), "[options]"]);
    }

    private static void AppendOptions(StringBuilder text, IEnumerable<Option> options)
    {
        foreach (Option option in options)
        {
            string also = option.Aliases.Count == 0 ? "" : $" (also {string.Join(", ", option.Aliases)})";
            Row(text, option.Value is null ? option.Name : $"{option.Name} {option.Value}", option.Help + also, 22);
        }
    }

    private static void Row(StringBuilder text, string left, string right, int column)
    {
        text.Append("  ").Append(left);
        bool fits = left.Length + 4 <= column;
        text.Append(fits ? new string(' ', column - 2 - left.Length) : "\n" + new string(' ', column));
        text.AppendJoin("\n" + new string(' ', column), Wrap(right, Width - column)).Append('\n');
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        StringBuilder line = new();
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }

            if (line.Length > 0)
                line.Append(' ');
            line.Append(word);
        }

        yield return line.ToString();
    }
}
