namespace ImageFactory.Build.CommandLine;

/// <summary>An option of the command line.</summary>
/// <param name="Name">With its dashes.</param>
/// <param name="Value">What its value is called in the help text; null for a switch.</param>
/// <param name="Help">One sentence without a full stop.</param>
internal sealed record Option(string Name, string? Value, string Help)
{
    /// <summary>May be given several times.</summary>
    public bool Repeatable { get; init; }

    /// <summary>Other names of it, as the field knows it.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Says what was expected when a value does not fit; null when it does.</summary>
    public Func<string, string?> Check { get; init; } = _ => null;

    public bool Answers(string name) => Name == name || Aliases.Contains(name, StringComparer.Ordinal);

    public override string ToString() => Name;
}
