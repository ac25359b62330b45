using System.Globalization;
using System.Text;
using static ImageFactory.Build.CommandLine.Completion.CompletionTable;
using static ImageFactory.Build.CommandLine.Completion.ShellCompletion;

namespace ImageFactory.Build.CommandLine.Completion;

/// <summary>For zsh 5: either read by <c>source</c> after compinit, or as a file <c>_build.sh</c> in a folder of <c>fpath</c>.</summary>
internal static class ZshScript
{
    public static string Write()
    {
        StringBuilder text = new("#compdef build.sh\n# zsh completion for build.sh of ImageFactory, made by './build.sh completion zsh'.\n\n");
        WriteVerbs(text);
        WriteSpecifications(text);
        string walk = Walk
            .Replace("@TAKERS@", string.Join('|', TakeValue), StringComparison.Ordinal)
            .Replace("@LONG@", string.Join('|', Verbs.All.Where(v => v.Name.Contains(' ', StringComparison.Ordinal)).Select(v => Quote(v.Name))), StringComparison.Ordinal);
        return text.Append(walk).ToString();
    }

    /// <summary>First words, and for each family of verbs its second ones, with what they do.</summary>
    private static void WriteVerbs(StringBuilder text)
    {
        text.Append("__imagefactory_verbs() { # first word, or nothing\n    local -a verbs\n    case $1 in\n");
        Case("", FirstWords);
        foreach (string family in Families)
            Case(family, SecondWords(family));
        text.Append("    esac\n    _describe -t verbs verb verbs\n}\n\n");

        void Case(string first, IReadOnlyList<(string Word, string Summary)> words)
        {
            text.Append("        ").Append(Quote(first)).Append(") verbs=(\n");
            foreach ((string word, string summary) in words)
                text.Append("            ").Append(Quote($"{word}:{summary.Replace(":", "\\:", StringComparison.Ordinal)}")).Append('\n');
            text.Append("        ) ;;\n");
        }
    }

    /// <summary>What _arguments takes: options and operands of each verb.</summary>
    private static void WriteSpecifications(StringBuilder text)
    {
        text.Append("__imagefactory_arguments() { # verb\n    local -a all=(\n");
        foreach (Option option in Options.Common)
            WriteOption(text, Verbs.Build, option, "        ");
        text.Append("    )\n    case $1 in\n");
        foreach ((string key, Verb verb) in Entries)
        {
            text.Append("        ").Append(Quote(key)).Append(") all+=(\n");
            foreach (Option option in verb.Options)
                WriteOption(text, verb, option, "            ");
            WriteOperands(text, verb);
            text.Append("        ) ;;\n");
        }

        // A family of verbs needs another word.
        text.Append("        *) all+=('1: :' \"2:verb: __imagefactory_verbs ${(q)1}\") ;;\n");
        text.Append("    esac\n    _arguments -S : $all\n}\n\n");
    }

    private static void WriteOption(StringBuilder text, Verb verb, Option option, string indent)
    {
        string[] names = [.. NamesOf(option)];
        string help = option.Help.Replace("[", "\\[", StringComparison.Ordinal).Replace("]", "\\]", StringComparison.Ordinal);
        foreach (string name in names)
        {
            string also = option.Repeatable ? "*" : names.Length > 1 ? $"({string.Join(' ', names)})" : "";
            string equals = option.Value is not null && name.StartsWith("--", StringComparison.Ordinal) ? "=" : "";
            string value = option.Value is null ? "" : $":{option.Value.Replace(":", "\\:", StringComparison.Ordinal)}:{Action(OfferOf(verb, option))}";
            text.Append(indent).Append(Quote($"{also}{name}{equals}[{help}]{value}")).Append('\n');
        }
    }

    private static void WriteOperands(StringBuilder text, Verb verb)
    {
        int used = verb.Name.Length == 0 ? 0 : verb.Name.Split(' ').Length;
        for (int i = 1; i <= used; i++)
            text.Append("            ").Append(Quote($"{i}: :")).Append('\n');
        if (verb.Name.Length == 0)
            text.Append("            '1:verb: __imagefactory_verbs \"\"'\n");
        for (int i = 0; i < verb.Operands.Count; i++)
        {
            Operand operand = verb.Operands[i];
            string action = i == 0 && Families.Contains(verb.Name) ? $" __imagefactory_either {verb.Name}" : Action(Offer.Of(operand));
            string place = operand.Many ? "*" : (used + i + 1).ToString(CultureInfo.InvariantCulture);
            text.Append("            ").Append(Quote($"{place}:{operand.Name}:{action}")).Append('\n');
        }
    }

    private static string Action(Offer offer) => offer.Kind switch
    {
        OfferKind.Words => $"({string.Join(' ', offer.Words)})",
        OfferKind.File => "_files",
        OfferKind.Folder => "_files -/",
        _ => " ",
    };

    private const string Walk = """
        # The first operand of a verb that is also the first word of others.
        __imagefactory_either() {
            __imagefactory_verbs $1
            _files
        }

        _imagefactory() {
            local word='' option='' verb='' target=default
            local -a given
            local -i i
            for (( i = 2; i < CURRENT; i++ )); do
                word=$words[i]
                if [[ -n $option ]]; then
                    if [[ $option == --target ]]; then target=${word:l}; fi
                    option=''
                elif [[ $word != -* || $word == - ]]; then
                    given+=($word)
                else
                    case $word in
                        --) given+=($words[i+1,CURRENT-1]); break ;;
                        --target=*) target=${(L)word#*=} ;;
                        @TAKERS@) option=$word ;;
                    esac
                fi
            done

            # What help is wanted of is a verb, too.
            if [[ $given[1] == help && -z $option && $words[CURRENT] != -* ]]; then
                if (( $#given < 3 )); then __imagefactory_verbs "$given[2]"; fi
                return
            fi

            case "$given[1] $given[2]" in
                @LONG@) verb="$given[1] $given[2]" ;;
                ' ') verb="--target $target" ;;
                *) verb=$given[1] ;;
            esac
            __imagefactory_arguments $verb
        }

        if [[ $funcstack[1] == _build.sh ]]; then
            _imagefactory "$@"
        else
            compdef _imagefactory build.sh
        fi

        """;
}
