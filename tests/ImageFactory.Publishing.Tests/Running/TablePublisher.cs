using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Publishing.Journal;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Running;

/// <summary>A service that is a table: two objects make a publication. It can fail before or after each step, as a real one does.</summary>
internal sealed class TablePublisher(string place) : IPublisher
{
    public Dictionary<string, Sha256> Table { get; } = [];

    /// <summary>Thrown when the step of this name is reached: <c>before part</c>, <c>after part</c>, <c>before whole</c>, <c>after whole</c>, <c>removal</c>.</summary>
    public Dictionary<string, Exception> Failures { get; } = [];

    public string? UsedBy { get; set; }

    public TaskCompletionSource? Gate { get; set; }

    public TaskCompletionSource Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Place => place;

    public PreparedDestination Prepared => new(place, Samples.Setting(new TableDestination()), this);

    public Task<IReadOnlyList<Fault>> CheckAsync(ImageDescription image, CancellationToken cancellation)
    {
        Reach("check");
        return Task.FromResult<IReadOnlyList<Fault>>([]);
    }

    public async Task<Publication> PublishAsync(PublishableImage image, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        Arrived.TrySetResult();
        if (Gate is not null)
            await Gate.Task.WaitAsync(cancellation);
        bool adopted = Table.ContainsKey("whole");
        foreach (string step in (string[])["part", "whole"])
        {
            journal.Intend(step, "key of " + step);
            Reach("before " + step);
            Table[step] = image.Digest;
            Reach("after " + step);
            journal.Created(step, "key of " + step, step);
        }

        return new Publication(place, "table", "whole", adopted, 1);
    }

    public Task RemoveLeftOverAsync(JournaledObject leftOver, CancellationToken cancellation)
    {
        Reach("removal");
        Table.Remove(leftOver.Kind);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<PlacedObject>> FindAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<PlacedObject>>(
    [
        .. Table.OrderByDescending(e => e.Key).Select(e => new PlacedObject(e.Key, e.Key)
        {
            Image = e.Value,
            IsOrphan = !Table.ContainsKey("whole"),
            UsedBy = UsedBy,
        }),
    ]);

    public Task RemoveAsync(PlacedObject found, bool force, CancellationToken cancellation)
    {
        Reach("removal");
        Table.Remove(found.Id);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Reach(string step)
    {
        if (Failures.Remove(step, out Exception? failure))
            throw failure;
    }
}
