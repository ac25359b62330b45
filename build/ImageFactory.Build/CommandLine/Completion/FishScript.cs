using System.Text;
using static ImageFactory.Build.CommandLine.Completion.CompletionTable;

namespace ImageFactory.Build.CommandLine.Completion;

/// <summary>For fish 3.</summary>
internal static class FishScript
{
    private const string Command = "complete -c build.sh";

    public static string Write()
    {
        StringBuilder text = new("# fish completion for build.sh of ImageFactory, made by './build.sh completion fish'.\n\n");
        text.Append(Functions
            .Replace("@TAKERS@", string.Join(' ', TakeValue), StringComparison.Ordinal)
            .Replace("@LONG@", string.Join(' ', Verbs.All.Where(v => v.Name.Contains(' ', StringComparison.Ordinal)).Select(v => Quote(v.Name))), StringComparison.Ordinal));
        text.Append(Command).Append(" -f\n\n");
        WriteVerbs(text, "", FirstWords);
        foreach (string family in Families)
            WriteVerbs(text, family, SecondWords(family));
        text.Append('\n');
        WriteOperands(text);
        text.Append('\n');
        WriteOptions(text);
        return text.ToString();
    }

    private static void WriteVerbs(StringBuilder text, string first, IReadOnlyList<(string Word, string Summary)> words)
    {
        foreach ((string word, string summary) in words)
            text.Append(Command).Append(" -n ").Append(Quote($"__imagefactory_after {Quote(first)}")).Append(" -a ").Append(word).Append(" -d ").Append(Quote(summary)).Append('\n');
    }

    private static void WriteOperands(StringBuilder text)
    {
        foreach ((string key, Verb verb) in Entries)
        {
            for (int i = 0; i < verb.Operands.Count; i++)
            {
                string place = i == verb.Operands.Count - 1 && verb.Operands[i].Many ? "any" : $"{i}";
                if (Parameters(Offer.Of(verb.Operands[i])) is { Length: > 0 } offered)
                    text.Append(Command).Append(" -n ").Append(Quote($"__imagefactory_operand {Quote(key)} {place}")).Append(offered).Append('\n');
            }
        }
    }

    /// <summary>One line for all verbs that mean the same by an option.</summary>
    private static void WriteOptions(StringBuilder text)
    {
        var all = Entries.SelectMany(e => e.Verb.Options, (e, o) => (e.Key, Text: Switch(e.Verb, o)));
        foreach (var same in all.GroupBy(e => e.Text, e => e.Key))
            text.Append(Command).Append(" -n ").Append(Quote("__imagefactory_is " + string.Join(' ', same.Select(Quote)))).Append(same.Key).Append('\n');
        foreach (Option option in Options.Common)
            text.Append(Command).Append(Switch(Verbs.Build, option)).Append('\n');
    }

    private static string Switch(Verb verb, Option option)
    {
        string names = string.Concat(NamesOf(option).Select(n => n.StartsWith("--", StringComparison.Ordinal) ? $" -l {n[2..]}" : $" -s {n[1..]}"));
        string value = option.Value is null ? "" : Parameters(OfferOf(verb, option)) is { Length: > 0 } offered ? " -r" + offered : " -x";
        return $"{names}{value} -d {Quote(option.Help)}";
    }

    private static string Parameters(Offer offer) => offer.Kind switch
    {
        OfferKind.Words => " -f -a " + Quote(string.Join(' ', offer.Words)),
        OfferKind.File => " -F",
        OfferKind.Folder => " -f -a '(__fish_complete_directories (commandline -ct))'",
        _ => "",
    };

    /// <summary>In fish a backslash inside single quotes stands for itself but before a quote or a backslash.</summary>
    private static string Quote(string word) => "'" + word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";

    private const string Functions = """
        # What is there of the command: its verb, or --target and the target of a run without one, and how many words are behind it.
        function __imagefactory_read
            set -l given
            set -l option
            set -l ended
            set -l target default
            set -l tokens (commandline -opc)
            for word in $tokens[2..-1]
                if test -n "$option"
                    test "$option" = --target; and set target (string lower -- $word)
                    set option
                else if test -n "$ended"; or not string match -q -- '-?*' $word
                    set -a given $word
                else if test "$word" = --
                    set ended 1
                else if string match -q -- '--target=*' $word
                    set target (string lower -- (string split -m 1 = -- $word)[2])
                else if contains -- $word @TAKERS@
                    set option $word
                end
            end

            set -g __imagefactory_helping
            if test "$given[1]" = help
                set -g __imagefactory_helping 1
                set -e given[1]
            end
            if test (count $given) -eq 0
                set -g __imagefactory_verb "--target $target"
                set -g __imagefactory_behind 0
            else if contains -- "$given[1] $given[2]" @LONG@
                set -g __imagefactory_verb "$given[1] $given[2]"
                set -g __imagefactory_behind (math (count $given) - 2)
            else
                set -g __imagefactory_verb $given[1]
                set -g __imagefactory_behind (math (count $given) - 1)
            end
        end

        function __imagefactory_is # verbs
            __imagefactory_read
            test -n "$__imagefactory_helping"; and return 1
            contains -- $__imagefactory_verb $argv
        end

        function __imagefactory_after # first word of verbs, or nothing
            __imagefactory_read
            test -z "$argv[1]"; and string match -q -- '--target *' $__imagefactory_verb; and return 0
            test "$__imagefactory_verb" = "$argv[1]" -a $__imagefactory_behind -eq 0
        end

        function __imagefactory_operand # verb, how many words are before it
            __imagefactory_is $argv[1]; or return 1
            test $argv[2] = any -o "$argv[2]" = $__imagefactory_behind
        end


        """;
}
