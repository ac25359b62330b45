using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing;

/// <summary>
/// Puts images to one destination of a recipe, finds what is there, and takes it away.
/// <para>
/// A provider is one folder: an <see cref="IPublisherKind"/> (one line in <see cref="PublisherKinds"/>), its publisher, the thin
/// client of its service, its faults (IFU2xx directory, 3xx AWS, 4xx Azure, 5xx Google Cloud, 6xx libvirt, 7xx OCI).
/// Who calls what is <see cref="Running.PublishRun"/>: it locks the destination's journal, takes away what a dead run made for another
/// image, publishes, and on failure takes away what was made. A publisher need only write down every object before it makes it.
/// </para>
/// <para>
/// Rules: nothing but <see cref="RemoveLeftOverAsync"/> and <see cref="RemoveAsync"/> removes; nothing without our owner tag
/// (<see cref="ImageTags"/>) is ever changed; the disk is read by ranges from <see cref="PublishableImage.OpenDisk"/> and no second
/// copy is written; a passing failure (5xx, throttling, a broken connection) is retried inside, what is left is thrown as
/// <see cref="FactoryException"/> with exit code 69 or 75 when another run may succeed.
/// </para>
/// </summary>
public interface IPublisher : IAsyncDisposable
{
    /// <summary>
    /// Kind, account or region, and name, in one line: two destinations with the same place write the same object. Must not depend on the
    /// image. Names the journal.
    /// </summary>
    string Place { get; }

    /// <summary>
    /// Everything that would make <see cref="PublishAsync"/> fail, all at once and before any image work: names and limits,
    /// credentials, permissions, quotas, objects of others in the way. Changes nothing.
    /// </summary>
    Task<IReadOnlyList<Fault>> CheckAsync(ImageDescription image, CancellationToken cancellation);

    /// <summary>
    /// Brings the image there. Idempotent by <see cref="PublishableImage.Digest"/>: what is complete is adopted, what the journal or the
    /// service has of an earlier try for this image is resumed, or taken away and made anew.
    /// Returns only when machines can boot from it.
    /// </summary>
    /// <exception cref="FactoryException">The image is not there. What was made is in the journal and is removed by the caller.</exception>
    Task<Publication> PublishAsync(PublishableImage image, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation);

    /// <summary>
    /// Takes away one object of a try that did not succeed; called in reverse order of intent. An object that is absent is a success.
    /// When <see cref="JournaledObject.Id"/> is null the run died around its creation: find it by its key, or by tags, and remove it only if it is ours.
    /// </summary>
    Task RemoveLeftOverAsync(JournaledObject leftOver, CancellationToken cancellation);

    /// <summary>Everything at this destination that carries our owner tag, in the order in which it must be removed: users before what they use.</summary>
    Task<IReadOnlyList<PlacedObject>> FindAsync(CancellationToken cancellation);

    /// <summary>Removes one found object and waits until it is gone. Absent is a success.</summary>
    /// <param name="found">As <see cref="FindAsync"/> gave it.</param>
    /// <param name="force">Also what is in use, where the service can do that.</param>
    /// <param name="cancellation">Ends the work.</param>
    Task RemoveAsync(PlacedObject found, bool force, CancellationToken cancellation);
}

/// <summary>How far an upload is, in bytes of data.</summary>
public readonly record struct TransferProgress(long Done, long Total);
