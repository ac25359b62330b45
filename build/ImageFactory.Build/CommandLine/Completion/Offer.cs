namespace ImageFactory.Build.CommandLine.Completion;

/// <summary>What a shell may offer in the place of one word.</summary>
internal sealed record Offer(OfferKind Kind, IReadOnlyList<string> Words)
{
    public static Offer Of(Operand operand) => Of(operand.Choices, operand.IsFile ? "FILE" : "");

    /// <param name="choices">All words there are, if they can be listed.</param>
    /// <param name="value">What the help text calls the value; it says whether that is a file.</param>
    public static Offer Of(IReadOnlyList<string> choices, string value) => (choices.Count, value) switch
    {
        ( > 0, _) => new(OfferKind.Words, choices),
        (_, "FILE") => new(OfferKind.File, []),
        (_, "FOLDER") => new(OfferKind.Folder, []),
        _ => new(OfferKind.Nothing, []),
    };
}

internal enum OfferKind
{
    /// <summary>A name or number that nobody can guess.</summary>
    Nothing,

    Words,
    File,
    Folder,
}
