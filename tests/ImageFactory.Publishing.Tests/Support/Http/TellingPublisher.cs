using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Tests.Support.Http;

/// <summary>Tells when a publish has failed, before anything is removed.</summary>
internal sealed class TellingPublisher(IPublisher inner, Action failed) : IPublisher
{
    public string Place => inner.Place;

    public Task<IReadOnlyList<Fault>> CheckAsync(ImageDescription image, CancellationToken cancellation) => inner.CheckAsync(image, cancellation);

    public async Task<Publication> PublishAsync(PublishableImage image, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        try
        {
            return await inner.PublishAsync(image, journal, progress, cancellation);
        }
        catch
        {
            failed();
            throw;
        }
    }

    public Task RemoveLeftOverAsync(JournaledObject leftOver, CancellationToken cancellation) => inner.RemoveLeftOverAsync(leftOver, cancellation);

    public Task<IReadOnlyList<PlacedObject>> FindAsync(CancellationToken cancellation) => inner.FindAsync(cancellation);

    public Task RemoveAsync(PlacedObject found, bool force, CancellationToken cancellation) => inner.RemoveAsync(found, force, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
