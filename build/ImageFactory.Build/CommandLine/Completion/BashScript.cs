using System.Text;
using static ImageFactory.Build.CommandLine.Completion.CompletionTable;
using static ImageFactory.Build.CommandLine.Completion.ShellCompletion;

namespace ImageFactory.Build.CommandLine.Completion;

/// <summary>For bash 4.4 and later; needs nothing of the package bash-completion.</summary>
internal static class BashScript
{
    public static string Write()
    {
        StringBuilder text = new("# bash completion for build.sh of ImageFactory, made by './build.sh completion bash'.\n");
        text.Append("# Each function answers in the caller's variables: words, and paths (file, folder or nothing).\n\n");
        WriteOptions(text);
        WriteValues(text);
        WriteOperands(text);
        string walk = Walk
            .Replace("@TAKERS@", string.Join('|', TakeValue), StringComparison.Ordinal)
            .Replace("@LONG@", string.Join('|', Verbs.All.Where(v => v.Name.Contains(' ', StringComparison.Ordinal)).Select(v => Quote(v.Name))), StringComparison.Ordinal);
        return text.Append(walk).ToString();
    }

    private static void WriteOptions(StringBuilder text)
    {
        text.Append("__imagefactory_options() { # verb\n    case $1 in\n");
        foreach (IGrouping<string, string> same in Entries.GroupBy(e => string.Join(' ', e.Verb.Options.SelectMany(NamesOf)), e => e.Key).Where(g => g.Key.Length > 0))
            text.Append("        ").AppendJoin('|', same.Select(Quote)).Append(") words=").Append(Quote(same.Key)).Append(" ;;\n");
        text.Append("    esac\n    words+=").Append(Quote(" " + string.Join(' ', Options.Common.SelectMany(NamesOf)))).Append("\n}\n\n");
    }

    private static void WriteValues(StringBuilder text)
    {
        text.Append("__imagefactory_value() { # verb, option\n    case \"$1 $2\" in\n");
        var all = Entries.SelectMany(e => e.Verb.AllOptions.Where(o => o.Value is not null), (e, o) => (e.Key, Names: NamesOf(o), Text: Assignment(OfferOf(e.Verb, o))))
            .SelectMany(e => e.Names, (e, name) => (e.Key, Name: name, e.Text));
        foreach (var option in all.GroupBy(e => e.Name))
        {
            // What most verbs mean by an option holds for all others; exceptions stand before it.
            string usual = option.GroupBy(e => e.Text).MaxBy(g => g.Count())!.Key;
            foreach (var other in option.Where(e => e.Text != usual))
                text.Append("        ").Append(Quote($"{other.Key} {option.Key}")).Append(") ").Append(other.Text).Append(" ;;\n");
            text.Append("        *").Append(Quote(" " + option.Key)).Append(") ").Append(usual).Append(" ;;\n");
        }

        text.Append("    esac\n}\n\n");
    }

    private static void WriteOperands(StringBuilder text)
    {
        text.Append("__imagefactory_operand() { # verb, how many words are before it\n    case \"$1 $2\" in\n");
        foreach ((string key, Verb verb) in Entries)
        {
            for (int i = 0; i < verb.Operands.Count; i++)
            {
                string place = i == verb.Operands.Count - 1 && verb.Operands[i].Many ? Quote(key + " ") + "*" : Quote($"{key} {i}");
                if (Offer.Of(verb.Operands[i]) is { Kind: not OfferKind.Nothing } offer)
                    text.Append("        ").Append(place).Append(") ").Append(Assignment(offer)).Append(" ;;\n");
            }
        }

        text.Append("    esac\n}\n\n__imagefactory_verbs() { # what is there of one, how many words are behind it\n    case \"$1 $2\" in\n");
        text.Append("        '--target '*) words+=' ").AppendJoin(' ', FirstWords.Select(w => w.Word)).Append("' ;;\n");
        foreach (string family in Families)
            text.Append("        ").Append(Quote(family + " 0")).Append(") words+=").Append(Quote(" " + string.Join(' ', SecondWords(family).Select(w => w.Word)))).Append(" ;;\n");
        text.Append("    esac\n}\n\n");
    }

    private static string Assignment(Offer offer) => offer.Kind switch
    {
        OfferKind.Words => "words=" + Quote(string.Join(' ', offer.Words)),
        OfferKind.File => "paths=file",
        OfferKind.Folder => "paths=folder",
        _ => ":",
    };

    private const string Walk = """
        _imagefactory() {
            local cur=${COMP_WORDS[COMP_CWORD]} verb='' target=default option='' ended='' helping='' prefix='' words='' paths='' word
            local -a given=()
            local -i i
            COMPREPLY=()
            for (( i = 1; i < COMP_CWORD; i++ )); do
                word=${COMP_WORDS[i]}
                # The shell makes three words of --option=value.
                if [[ -n $option && $word == '=' ]]; then
                    continue
                elif [[ -n $option ]]; then
                    if [[ $option == --target ]]; then target=${word,,}; fi
                    option=''
                elif [[ -n $ended || $word != -* || $word == - ]]; then
                    given+=("$word")
                else
                    case $word in
                        --) ended=1 ;;
                        --target=*) target=${word#*=}; target=${target,,} ;;
                        @TAKERS@) option=$word ;;
                    esac
                fi
            done
            if [[ -n $option && $cur == '=' ]]; then
                cur=''
            elif [[ -z $option && -z $ended && $cur == -*=* ]]; then
                option=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}
            fi

            if [[ ${given[0]-} == help ]]; then helping=1 given=("${given[@]:1}"); fi
            i=0
            case "${given[0]-} ${given[1]-}" in
                @LONG@) verb="${given[0]} ${given[1]}" i=${#given[@]}-2 ;;
                ' '*) verb="--target $target" ;;
                *) verb=${given[0]} i=${#given[@]}-1 ;;
            esac
            if [[ -n $option ]]; then
                __imagefactory_value "$verb" "$option"
            elif [[ -z $ended && $cur == -* ]]; then
                if [[ -n $helping ]]; then verb=help; fi
                __imagefactory_options "$verb"
            else
                if [[ -z $helping ]]; then __imagefactory_operand "$verb" "$i"; fi
                __imagefactory_verbs "$verb" "$i"
            fi

            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
            case $paths in
                file) compopt -o filenames 2>/dev/null; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur") ;;
                folder) compopt -o filenames 2>/dev/null; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur") ;;
            esac
            if [[ -n $prefix ]]; then COMPREPLY=("${COMPREPLY[@]/#/$prefix}"); fi
        }

        complete -F _imagefactory build.sh

        """;
}
