using ImageFactory.Measurement.References;

namespace ImageFactory.Build.CommandLine.Completion;

/// <summary>The command line as shells need to know it. All scripts are made from this.</summary>
internal static class CompletionTable
{
    /// <summary>By the name of a verb, or <c>--target NAME</c> in small letters for a run without one.</summary>
    public static IReadOnlyList<(string Key, Verb Verb)> Entries { get; } =
        [.. Verbs.Targets.Select(t => (RunKey(t), Verbs.RunOf(t))), .. Verbs.All.Select(v => (v.Name, v))];

    /// <summary>First words of verbs. One that needs another word is described by those.</summary>
    public static IReadOnlyList<(string Word, string Summary)> FirstWords { get; } =
    [
        .. Verbs.All.GroupBy(v => v.Name.Split(' ')[0])
            .Select(g => (g.Key, g.FirstOrDefault(v => v.Name == g.Key)?.Summary ?? string.Join(", ", g.Select(v => v.Name.Split(' ')[1])))),
    ];

    /// <summary>First words that another may or must follow.</summary>
    public static IReadOnlyList<string> Families { get; } = [.. FirstWords.Select(w => w.Word).Where(w => SecondWords(w).Count > 0)];

    /// <summary>Names of options, aliases among them, that take a value: the same for every verb.</summary>
    public static IReadOnlyList<string> TakeValue { get; } =
        [.. Entries.SelectMany(e => e.Verb.AllOptions).Where(o => o.Value is not null).SelectMany(NamesOf).Distinct()];

    public static IReadOnlyList<(string Word, string Summary)> SecondWords(string first) =>
        [.. Verbs.All.Where(v => v.Name.StartsWith(first + " ", StringComparison.Ordinal)).Select(v => (v.Name[(first.Length + 1)..], v.Summary))];

    public static string RunKey(string target) => "--target " + target.ToLowerInvariant();

    public static IEnumerable<string> NamesOf(Option option) => option.Aliases.Prepend(option.Name);

    /// <summary>What may stand as the value of an option; targets are other ones where a machine is meant.</summary>
    public static Offer OfferOf(Verb verb, Option option) =>
        Offer.Of(option != Options.Target ? option.Choices : verb.Target is null ? [.. AttestationTarget.All.Select(t => t.Name)] : Verbs.Targets, option.Value ?? "");
}
