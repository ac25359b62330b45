using ImageFactory.Model;

namespace ImageFactory.Pipeline.Maintenance;

/// <param name="Removed">What was removed, in that order.</param>
/// <param name="BytesLeft">What the store takes now; above the wanted size only if the rest is in use.</param>
/// <param name="InUse">How many items were spared because a build uses them.</param>
public sealed record GcResult(IReadOnlyList<StoreItem> Removed, long BytesLeft, int InUse, IReadOnlyList<Fault> Warnings);
