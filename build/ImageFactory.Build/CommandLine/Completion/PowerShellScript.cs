using System.Text;
using static ImageFactory.Build.CommandLine.Completion.CompletionTable;

namespace ImageFactory.Build.CommandLine.Completion;

/// <summary>For PowerShell 7.</summary>
internal static class PowerShellScript
{
    public static string Write()
    {
        StringBuilder text = new("# PowerShell completion for build.sh and build.ps1 of ImageFactory, made by './build.sh completion powershell'.\n\n");
        text.Append("$imageFactoryVerbs = @{\n");
        foreach ((string key, Verb verb) in Entries)
        {
            text.Append("    ").Append(Quote(key)).Append(" = @{ Options = @(\n");
            foreach (Option option in verb.AllOptions)
            {
                foreach (string name in NamesOf(option))
                    text.Append("        , @(").Append(Quote(name)).Append(", ").Append(Quote(option.Help)).Append(", ").Append(OfferText(option.Value is null ? null : OfferOf(verb, option))).Append(")\n");
            }

            text.Append("    ); Operands = @(");
            text.AppendJoin(", ", verb.Operands.Select(o => OfferText(Offer.Of(o)))).Append("); Many = $");
            text.Append(verb.Operands.Count > 0 && verb.Operands[^1].Many ? "true" : "false").Append(" }\n");
        }

        text.Append("}\n$imageFactoryWords = @{\n");
        Words("", FirstWords);
        foreach (string family in Families)
            Words(family, SecondWords(family));
        text.Append("}\n$imageFactoryTakeValue = @(").AppendJoin(", ", TakeValue.Select(Quote)).Append(")\n\n");
        return text.Append(Completer).ToString();

        void Words(string first, IReadOnlyList<(string Word, string Summary)> words)
        {
            text.Append("    ").Append(Quote(first)).Append(" = @(\n");
            foreach ((string word, string summary) in words)
                text.Append("        , @(").Append(Quote(word)).Append(", ").Append(Quote(summary)).Append(")\n");
            text.Append("    )\n");
        }
    }

    /// <summary><c>$null</c> is a switch, <c>@file</c> and <c>@folder</c> are paths, all else words between spaces.</summary>
    private static string OfferText(Offer? offer) => offer?.Kind switch
    {
        null => "$null",
        OfferKind.Words => Quote(string.Join(' ', offer.Words)),
        OfferKind.File => "'@file'",
        OfferKind.Folder => "'@folder'",
        _ => "''",
    };

    private static string Quote(string word) => "'" + word.Replace("'", "''", StringComparison.Ordinal) + "'";

    private const string Completer = """
        Register-ArgumentCompleter -Native -CommandName build.sh, build.ps1 -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)

            $given = @()
            $option = ''
            $target = 'default'
            $ended = $false
            foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
                # The word that is being written is not there yet.
                if ($element.Extent.EndOffset -ge $cursorPosition) { break }
                $word = $element.Extent.Text
                if ($option) {
                    if ($option -ceq '--target') { $target = $word.ToLowerInvariant() }
                    $option = ''
                }
                elseif ($ended -or $word -eq '-' -or -not $word.StartsWith('-')) { $given += $word }
                elseif ($word -eq '--') { $ended = $true }
                elseif ($word.StartsWith('--target=')) { $target = $word.Substring(9).ToLowerInvariant() }
                elseif ($imageFactoryTakeValue -ccontains $word) { $option = $word }
            }

            $helping = $given.Count -gt 0 -and $given[0] -eq 'help'
            if ($helping) { $given = @($given | Select-Object -Skip 1) }
            $behind = 0
            if ($given.Count -eq 0) { $verb = "--target $target" }
            elseif ($given.Count -gt 1 -and $imageFactoryVerbs.ContainsKey("$($given[0]) $($given[1])")) {
                $verb = "$($given[0]) $($given[1])"
                $behind = $given.Count - 2
            }
            else {
                $verb = $given[0]
                $behind = $given.Count - 1
            }

            function Show([string]$Text, [string]$Tip, [string]$Kind) {
                if ($Text.StartsWith($wordToComplete)) { [System.Management.Automation.CompletionResult]::new($Text, $Text, $Kind, $(if ($Tip) { $Tip } else { $Text })) }
            }
            function Offer([string]$What) {
                switch ($What) {
                    '@file' { [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete) }
                    '@folder' { [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete) | Where-Object ResultType -eq 'ProviderContainer' }
                    default { $What.Split(' ', [StringSplitOptions]::RemoveEmptyEntries) | ForEach-Object { Show $_ '' 'ParameterValue' } }
                }
            }

            $entry = $imageFactoryVerbs[$verb]
            if ($option) {
                $known = @($entry.Options | Where-Object { $_[0] -ceq $option })
                if ($known.Count -gt 0) { Offer $known[0][2] }
            }
            elseif ($wordToComplete.StartsWith('-') -and -not $ended) {
                if ($helping) { $entry = $imageFactoryVerbs['help'] }
                elseif (-not $entry) { $entry = $imageFactoryVerbs['--target default'] }
                $entry.Options | ForEach-Object { Show $_[0] $_[1] 'ParameterName' }
            }
            else {
                if (-not $helping -and $entry -and $entry.Operands.Count -gt 0) {
                    if ($behind -lt $entry.Operands.Count) { Offer $entry.Operands[$behind] }
                    elseif ($entry.Many) { Offer $entry.Operands[-1] }
                }
                $first = if ($given.Count -eq 0) { '' } else { $verb }
                if ($behind -eq 0 -and $imageFactoryWords.ContainsKey($first)) { $imageFactoryWords[$first] | ForEach-Object { Show $_[0] $_[1] 'ParameterValue' } }
            }
        }

        """;
}
