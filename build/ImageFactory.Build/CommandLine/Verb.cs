namespace ImageFactory.Build.CommandLine;

/// <summary>Something the factory can be told to do.</summary>
/// <param name="Name">One word or two (<c>store gc</c>); empty for a run without a verb.</param>
internal sealed record Verb(string Name, string Summary)
{
    /// <summary>The target that it is another name for, if it is one.</summary>
    public string? Target { get; init; }

    public IReadOnlyList<Operand> Operands { get; init; } = [];

    /// <summary>Options beside the common ones.</summary>
    public IReadOnlyList<Option> Options { get; init; } = [];

    /// <summary>Those of <see cref="Options"/> without which it cannot be understood.</summary>
    public IReadOnlyList<Option> Required { get; init; } = [];

    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>Runs in a pod: it works in the folder that is mounted there, and its last line is left where Kubernetes looks.</summary>
    public bool IsForPods { get; init; }

    public IEnumerable<Option> AllOptions => Options.Concat(CommandLine.Options.Common);

    public override string ToString() => Name;
}

/// <summary>A word after the verb.</summary>
internal sealed record Operand(string Name)
{
    public bool Optional { get; init; }

    /// <summary>Takes all words that are left.</summary>
    public bool Many { get; init; }

    /// <summary>All words there are; empty when they cannot be listed.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Whether it names a file; else, without <see cref="Choices"/>, nothing can be offered for it.</summary>
    public bool IsFile { get; init; } = true;

    public override string ToString() => (Optional, Many) switch
    {
        (false, false) => $"<{Name}>",
        (false, true) => $"<{Name}>...",
        (true, false) => $"[{Name}]",
        (true, true) => $"[{Name}...]",
    };
}
