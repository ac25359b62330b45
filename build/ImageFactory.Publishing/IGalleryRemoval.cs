namespace ImageFactory.Publishing;

/// <summary>A publisher whose images lie in a gallery that can be taken away with all that is in it.</summary>
public interface IGalleryRemoval
{
    /// <summary>Removes the destination's gallery; absent is a success.</summary>
    /// <param name="force">Also when there are versions in it. What carries another owner is never removed.</param>
    /// <returns>The ids of versions because of which it was left alone; empty: it is gone.</returns>
    /// <exception cref="Model.FactoryException">Something in it belongs to another owner, or the service refused.</exception>
    Task<IReadOnlyList<string>> RemoveGalleryAsync(bool force, CancellationToken cancellation);
}
