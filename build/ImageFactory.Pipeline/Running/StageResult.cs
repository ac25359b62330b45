using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Running;

/// <summary>What became of one stage of a run.</summary>
/// <param name="Why">Why it ran, or that it did not need to.</param>
/// <param name="Elapsed">Wall-clock time in this run.</param>
public sealed record StageResult(string Stage, StageOutcome Outcome, string Why, TimeSpan Elapsed)
{
    /// <summary>Key, digests and files; null unless it was built or reused.</summary>
    public StoreEntry? Entry { get; init; }

    /// <summary>When it ended, by the clock.</summary>
    public DateTimeOffset Ended { get; init; }

    /// <summary>The output's folder; null unless it was built or reused.</summary>
    public DirectoryInfo? Output { get; init; }
}
