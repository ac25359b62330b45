using ImageFactory.Model;

namespace ImageFactory.Pipeline.Explaining;

/// <summary>What would become of a stage if the graph were run now.</summary>
/// <param name="Reasons">Why it would run; for <see cref="StageVerdict.Unknown"/> what it depends on, and what of its own changed.</param>
public sealed record StageForecast(string Stage, StageVerdict Verdict, IReadOnlyList<string> Reasons)
{
    /// <summary>Null while an input is not known.</summary>
    public Sha256? Key { get; init; }

    /// <summary>When the stage last ran in this store, and why.</summary>
    public DateTimeOffset? LastRan { get; init; }

    public string? LastWhy { get; init; }

    /// <summary>How long it took then.</summary>
    public TimeSpan? LastElapsed { get; init; }
}

public enum StageVerdict
{
    Reuse,
    Run,

    /// <summary>A stage it reads would run first: only if that gives other bytes than before, this one runs too.</summary>
    Unknown,
}
