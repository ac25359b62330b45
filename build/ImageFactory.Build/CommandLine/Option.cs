namespace ImageFactory.Build.CommandLine;

/// <summary>An option of the command line.</summary>
/// <param name="Name">With its dashes.</param>
/// <param name="Value">What its value is called in the help text; null for a switch.</param>
/// <param name="Help">One sentence without a full stop.</param>
internal sealed record Option(string Name, string? Value, string Help)
{
    /// <summary>May be given several times.</summary>
    public bool Repeatable { get; init; }

    /// <summary>Name of an option that cannot stand beside it.</summary>
    public string? Excludes { get; init; }

    /// <summary>Other names of it, as the field knows it.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>All values there are; empty when they cannot be listed.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>For values that cannot be listed: says what was expected when one does not fit; null when it does.</summary>
    public Func<string, string?> Check { get; init; } = _ => null;

    /// <summary>What was expected instead of a value; null for one that fits.</summary>
    public string? Expected(string value) => Choices.Count == 0 ? Check(value)
        : Choices.Contains(value, StringComparer.Ordinal) ? null
        : $"{string.Join(", ", Choices.SkipLast(1))} or {Choices[^1]}";

    public bool Answers(string name) => Name == name || Aliases.Contains(name, StringComparer.Ordinal);

    public override string ToString() => Name;
}
