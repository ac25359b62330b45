using ImageFactory.Assembly.Comparison;
using ImageFactory.Assembly.Comparison.Contents;
using ImageFactory.Measurement.Reporting;
using ImageFactory.Model;

namespace ImageFactory.Build.Composition.Diff;

/// <summary>The answer of <c>diff</c>. A list that is null was not compared. Field names are a contract: add, never rename.</summary>
internal sealed record DiffReport
{
    public string Schema { get; init; } = "image-factory/diff/1";

    public required DiffedImage Before { get; init; }

    public required DiffedImage After { get; init; }

    /// <summary>Something of what was compared differs; bytes of the image files alone are no difference.</summary>
    public bool Differs => Sections.Any(s => s > 0);

    public IReadOnlyList<PackageChange>? Packages { get; init; }

    public IReadOnlyList<FileChange>? Files { get; init; }

    public IReadOnlyList<UnitChange>? Units { get; init; }

    public IReadOnlyList<ArgumentChange>? KernelArguments { get; init; }

    public IReadOnlyList<DiskDifference>? Boot { get; init; }

    public IReadOnlyList<CallChange>? Policy { get; init; }

    /// <summary>Registers that have other values.</summary>
    public IReadOnlyList<string>? Registers { get; init; }

    /// <summary>The events that differ; null where only values were to be had.</summary>
    public MeasurementDiff? Measurements { get; init; }

    /// <summary>What went into the two builds and differs; null without two manifests.</summary>
    public IReadOnlyList<ReachingCause>? Causes { get; init; }

    public IReadOnlyList<string> NotCompared { get; init; } = [];

    private IEnumerable<int> Sections =>
        [Packages?.Count ?? 0, Files?.Count ?? 0, Units?.Count ?? 0, KernelArguments?.Count ?? 0, Boot?.Count ?? 0, Policy?.Count ?? 0, Registers?.Count ?? 0];
}

/// <param name="Name">As its user named it.</param>
/// <param name="Sha256">Of the image; from its manifest where the image was not there.</param>
/// <param name="Recipe">Null without a manifest.</param>
internal sealed record DiffedImage(string Name, Sha256? Sha256, string? Recipe);

/// <summary>A call of the agent that is decided otherwise.</summary>
/// <param name="Effect">wider, narrower, other-rules or other; null where only the verdicts are known.</param>
/// <param name="Before">allowed, denied, conditional, undefined; null: no such call.</param>
/// <param name="After">The same of the newer policy.</param>
internal sealed record CallChange(string Call, string? Effect, string? Before, string? After);

/// <param name="Reaches">Sections of the report that it can be the cause of.</param>
internal sealed record ReachingCause(string Kind, string Key, string Text, IReadOnlyList<string> Reaches);
