using ImageFactory.Model;

namespace ImageFactory.Publishing.Running;

/// <param name="Objects">What was found, and removed unless it was only to be listed.</param>
/// <param name="Faults">Why something was not removed.</param>
public sealed record RemovalResult(IReadOnlyList<RemovedObject> Objects, IReadOnlyList<Fault> Faults);

/// <param name="Destination">Label of the destination.</param>
/// <param name="Object">The object.</param>
/// <param name="Removed">False when it was only listed.</param>
public sealed record RemovedObject(string Destination, PlacedObject Object, bool Removed);
