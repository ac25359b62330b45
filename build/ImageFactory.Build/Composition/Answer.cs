using ImageFactory.Model;

namespace ImageFactory.Build.Composition;

/// <summary>What a task or a verb has to say in the end: the text for a person, and the same for a program.</summary>
/// <param name="Text">Lines for standard output; may be empty.</param>
internal sealed record Answer(string Text)
{
    /// <summary>The answer to <c>--json</c>, made only when it is asked for.</summary>
    public Func<string>? Json { get; init; }

    /// <summary>Faults that were found and did not keep the answer from being given; shown on standard error.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>The target for which the answer is of interest; for others it was only a step on the way. Null: always.</summary>
    public string? OnlyFor { get; init; }

    /// <summary>Set when it is not that of the first error among the faults.</summary>
    public ExitCode? EndsWith { get; init; }

    public Answer With(Fault fault) => this with { Faults = [.. Faults, fault] };

    public ExitCode ExitCode => EndsWith ?? Faults.FirstOrDefault(f => f.Severity == Severity.Error)?.ExitCode ?? ExitCode.Ok;
}
