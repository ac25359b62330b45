using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Payload;

/// <summary>The stages that a payload needs before it can be read.</summary>
/// <param name="Stages">None for what lies on this machine.</param>
/// <param name="Output">The stage in whose output the payload lies, or null.</param>
internal sealed record PayloadStages(IReadOnlyList<IStage> Stages, string? Output)
{
    public static readonly PayloadStages None = new([], null);
}
