using System.Globalization;
using System.Text;
using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.CommandLine;

/// <summary>The manual page <c>imagefactory(1)</c>, in the macros of man(7).</summary>
internal static class ManPage
{
    /// <param name="version">Of the factory.</param>
    /// <param name="date">What the page says it is of.</param>
    public static string Write(string version, DateOnly date)
    {
        StringBuilder page = new();
        page.Append(CultureInfo.InvariantCulture, $".TH IMAGEFACTORY 1 {date:yyyy-MM-dd} {Argument("ImageFactory " + version)} {Argument("User Commands")}\n");
        Section("NAME");
        page.Append(CultureInfo.InvariantCulture, $"imagefactory \\- make {Text(HelpText.Purpose)}\n");
        Section("SYNOPSIS");
        page.Append("\\fB./build.sh\\fR [\\fB\\-\\-target\\fR \\fITARGET\\fR] [\\fIoptions\\fR]\n.br\n\\fB./build.sh\\fR \\fIVERB\\fR [\\fIoptions\\fR]\n");
        Section("DESCRIPTION");
        page.Append("A recipe says what an image is; this makes, checks, measures and publishes it.\n");
        page.Append("Without a verb and a target it builds \\fIrecipes/default.yaml\\fR.\n");
        page.Append("Results go to standard output, everything else to standard error.\n");
        Section("TARGETS");
        foreach (Type task in TaskCatalog.Types)
            Item(Bold(TaskCatalog.NameOf(task)), TaskCatalog.DescriptionOf(task));
        Section("VERBS");
        foreach (Verb verb in Verbs.All)
            AppendVerb(page, verb);
        Section("OPTIONS OF EVERYTHING");
        AppendOptions(page, Options.Common);
        Section("EXIT STATUS");
        foreach ((string codes, string meaning) in HelpText.ExitCodes)
            Item(Bold(codes), meaning);
        Section("FILES");
        Item("\\fIrecipes/default.yaml\\fR", "the recipe when none is named");
        Item("\\fIrecipes/README.md\\fR", "all keys of recipes");
        Item("\\fIartifacts/\\fR", "what builds leave, one folder per recipe, and the store");
        Item("\\fIdocs/faults.md\\fR", "cause and remedy of every fault; so does the verb why");
        return page.ToString();

        void Section(string title) => page.Append(".SH ").Append(Argument(title)).Append('\n');

        void Item(string head, string text) => page.Append(".TP\n").Append(head).Append('\n').Append(Text(text)).Append('\n');
    }

    private static void AppendVerb(StringBuilder page, Verb verb)
    {
        page.Append(".SS ").Append(Argument(string.Join(' ', [verb.Name, .. verb.Operands.Select(o => o.ToString())]))).Append('\n');
        page.Append(Text(HelpText.Sentence(verb.Summary))).Append('\n');
        if (verb.Target is not null)
            page.Append("The same as \\fB\\-\\-target ").Append(verb.Target).Append("\\fR.\n");
        AppendOptions(page, verb.Options);
        page.Append(".PP\n").Append(verb.Examples.Count == 1 ? "Example:\n" : "Examples:\n").Append(".PP\n.nf\n.RS\n");
        foreach (string example in verb.Examples)
            page.Append(Text("./build.sh " + example)).Append('\n');
        page.Append(".RE\n.fi\n");
    }

    private static void AppendOptions(StringBuilder page, IEnumerable<Option> options)
    {
        foreach (Option option in options)
        {
            string names = string.Join(", ", option.Aliases.Prepend(option.Name).Select(Bold));
            string value = option.Value is null ? "" : $" \\fI{Text(option.Value)}\\fR";
            page.Append(".TP\n").Append(names).Append(value).Append('\n').Append(Text(option.Help)).Append('\n');
        }
    }

    private static string Bold(string text) => $"\\fB{Text(text)}\\fR";

    private static string Argument(string text) => $"\"{Text(text).Replace("\"", "\\(dq", StringComparison.Ordinal)}\"";

    /// <summary>A dash of ours is the one that is typed; a line must not begin as a request does.</summary>
    private static string Text(string text)
    {
        StringBuilder escaped = new();
        if (text.StartsWith('.') || text.StartsWith('\''))
            escaped.Append("\\&");
        foreach (Rune letter in text.EnumerateRunes())
        {
            escaped.Append(letter.Value switch
            {
                '\\' => "\\e",
                '-' => "\\-",
                '\'' => "\\(aq",
                '`' => "\\(ga",
                '^' => "\\(ha",
                '~' => "\\(ti",
                > 126 => $"\\[u{letter.Value:X4}]",
                _ => letter.ToString(),
            });
        }

        return escaped.ToString();
    }
}
