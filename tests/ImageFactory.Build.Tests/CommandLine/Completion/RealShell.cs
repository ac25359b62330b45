using ImageFactory.Build.CommandLine.Completion;
using ImageFactory.Build.Tests.Support;

namespace ImageFactory.Build.Tests.CommandLine.Completion;

/// <summary>A shell of this machine that has read our script and is asked what it would offer.</summary>
internal static class RealShell
{
    private const string Mark = "?";

    /// <summary>
    /// bash's function is called as readline would call it. zsh runs on a terminal, with its own completion system, and what it is about to list is noted.
    /// fish tells by itself.
    /// </summary>
    private static readonly Dictionary<string, (string Call, string Harness)> Harnesses = new()
    {
        ["bash"] = ("exec bash --norc harness", """
            source ./completions
            while IFS= read -r line; do
                printf '?%s\n' "$line"
                # As readline does, = is a word of its own.
                read -ra COMP_WORDS <<<"${line//=/ = }"
                [[ $line == *[\ =] ]] && COMP_WORDS+=('')
                [[ $line == *= ]] && COMP_WORDS=("${COMP_WORDS[@]:0:${#COMP_WORDS[@]}-1}")
                COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
                _imagefactory
                (( ${#COMPREPLY[@]} )) && printf '%s\n' "${COMPREPLY[@]}"
            done <questions >answers
            exit 0
            """),
        ["zsh"] = ("ZDOTDIR=$PWD TERM=xterm exec script -qec 'zsh -d -i' terminal", """
            autoload -Uz compinit
            compinit -u -D
            source ./completions
            compadd() {
                local -a hits
                # Questions of the completion system to itself are no offers.
                if (( ! ${argv[1,${argv[(i)-(-|)]}][(I)-[OAD]*]} )); then
                    builtin compadd -A hits "$@"
                    print -rl -- $hits >>answers
                fi
                builtin compadd "$@"
            }
            offer() { _main_complete; compstate[list]= compstate[insert]= }
            zle -C offer .list-choices offer
            zle-line-init() {
                local line
                for line in ${(f)"$(<questions)"}; do
                    print -r -- "?$line" >>answers
                    BUFFER=$line CURSOR=$#line
                    zle offer
                done
                BUFFER=exit
                zle .accept-line
            }
            zle -N zle-line-init
            """),
        ["fish"] = ("exec fish --no-config harness", """
            source ./completions
            while read -l line
                echo "?$line"
                complete -C "$line" | string split -f 1 \t
            end <questions >answers
            exit 0
            """),
    };

    public static bool IsThere(string shell) => (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin").Split(':').Any(f => File.Exists(Path.Combine(f, shell)));

    /// <summary>What is offered for each line, of which the end is where the cursor stands. Folders end in no slash, options in no equals sign, values begin with none.</summary>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> AskAsync(string shell, TemporaryFolder folder, IReadOnlyList<string> lines)
    {
        if (!IsThere(shell))
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", $"{shell} is not there");
            Assert.Skip($"{shell} is not there");
        }

        (string call, string harness) = Harnesses[shell];
        folder.File("completions", ShellCompletion.For(shell));
        folder.File("harness", harness);
        folder.File(".zshrc", harness);
        folder.File("questions", string.Join('\n', lines) + "\n");
        using Spawned process = Spawned.Program("sh", ["-c", call], folder.Path, new Dictionary<string, string> { ["LC_ALL"] = "C.UTF-8", ["HOME"] = folder.Path });
        Spawned.Ended ended = await process.EndAsync();
        Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);
        Assert.Empty(ended.Error);

        string[] blocks = ("\n" + await File.ReadAllTextAsync(Path.Combine(folder.Path, "answers"))).Split("\n" + Mark)[1..];
        Assert.Equal(lines.Count, blocks.Length);
        return blocks.Select(b => b.Split('\n')).ToDictionary(
            b => b[0], b => (IReadOnlyList<string>)[.. b.Skip(1).Where(w => w.Length > 0).Select(w => w.TrimEnd('/', '=')).Select(w => w[(w.IndexOf('=', StringComparison.Ordinal) + 1)..]).Distinct().Order(StringComparer.Ordinal)]);
    }
}
