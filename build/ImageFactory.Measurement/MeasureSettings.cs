using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.SecureBoot;

namespace ImageFactory.Measurement;

/// <summary>What is to be computed for an image.</summary>
public sealed record MeasureSettings
{
    /// <summary>Null: with and without, where the image can boot with it.</summary>
    public bool? SecureBoot { get; init; }

    /// <summary>Phase paths whose PCR 11 is wanted; the empty path is the value at hand-over to a system whose phase units are masked.</summary>
    public IReadOnlyList<IReadOnlyList<string>> PhasePaths { get; init; } = [[]];

    /// <summary>Null: the firmware vendor's; PCR 7 is not predicted then.</summary>
    public EnrolledKeys? Keys { get; init; }

    public IReadOnlyList<Bank> Banks { get; init; } = Events.Banks.All;

    /// <summary>Hash the root file system anew. Otherwise the root hash is taken from the top of the stored tree, which any change below it escapes.</summary>
    public bool RecomputeRootHash { get; init; } = true;
}
