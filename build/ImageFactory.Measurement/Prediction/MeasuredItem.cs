using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.Prediction;

/// <summary>Something with a digest: a program, a section, an archive that the stub makes.</summary>
/// <param name="What">For people, in one line.</param>
/// <param name="Source">Where its bytes are.</param>
internal sealed record MeasuredItem(string What, MeasuredSource? Source, BankDigests Digest)
{
    /// <summary>The content, when it is a short text.</summary>
    public string? Text { get; init; }
}
