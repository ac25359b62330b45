namespace ImageFactory.Publishing.Journal;

/// <summary>An object that a try to publish made, or was about to make.</summary>
/// <param name="Kind">The provider's word for it.</param>
/// <param name="Key">What the provider finds it by when the id was never learned: a name, a client token, an address.</param>
public sealed record JournaledObject(string Kind, string Key)
{
    /// <summary>The id that the service gave; null when the run died before it was written down.</summary>
    public string? Id { get; init; }
}
