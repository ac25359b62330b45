namespace ImageFactory.Model.Manifests;

/// <param name="Destination">The destination's label.</param>
/// <param name="Faults">What was wrong, and what could not be removed afterwards.</param>
public sealed record FailedPublication(string Destination, IReadOnlyList<string> Faults);

/// <summary>An image at a destination, complete and ready to boot from.</summary>
/// <param name="Destination">The destination's label.</param>
/// <param name="Kind">The destination's kind.</param>
/// <param name="Id">What machines are given to boot it: an AMI id, the resource id of a version, a file.</param>
/// <param name="Adopted">It was there already, from an earlier run: nothing was sent.</param>
/// <param name="BytesSent">Bytes of the image that went to the service, without those that it had already.</param>
public sealed record Publication(string Destination, string Kind, string Id, bool Adopted, long BytesSent)
{
    /// <summary>Everything that was made or found for it, by name: <c>snapshot</c> → <c>snap-…</c>; copies by place: <c>ami us-east-1</c>.</summary>
    public IReadOnlyDictionary<string, string> Objects { get; init; } = new Dictionary<string, string>();

    /// <summary>SHA-256 of the image file that was published.</summary>
    public Sha256? Image { get; init; }
}
