using ImageFactory.Model;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Platform;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Running;

/// <summary>One stage and the shared store. A store that cannot be used is a warning and never the end of a build.</summary>
internal sealed class Sharing(ISharedStore? shared, Store store, RunJournal journal, TimeProvider time, StageLog log)
{
    public static IAsyncDisposable NoClaim { get; } = new Nothing();

    /// <summary>The output from the shared store, put into the own one; null when it is not to be had. The caller holds the key's lock.</summary>
    public async Task<StoreLease?> TakeAsync(StageIdentity identity, string stage, CancellationToken cancellation)
    {
        if (shared is null)
            return null;
        string draft = Path.Combine(journal.Temporary, $"{stage}-{Guid.NewGuid():n}");
        try
        {
            DirectoryInfo output = Directory.CreateDirectory(Store.OutputOf(draft));
            if (await shared.TakeAsync(identity.Key, output, cancellation).ConfigureAwait(false) is not { } entry)
                return null;
            OutputTree tree = await OutputTree.ReadAsync(output.FullName, sync: true, cancellation).ConfigureAwait(false);
            if (tree.Digest == entry.Output && entry.Key == identity.Key && entry.Stage == stage)
                return store.Commit(draft, entry with { Created = time.GetUtcNow(), Allocated = tree.Allocated });
            log.Warn(RunFaults.OtherBytes(stage));
        }
        catch (Exception e) when (e is FactoryException || IoErrors.IsAny(e))
        {
            log.Warn(RunFaults.NotShared(stage, e));
        }
        finally
        {
            FolderRemoval.Remove(draft);
        }

        return null;
    }

    /// <returns>Null while another machine builds the key.</returns>
    public async Task<IAsyncDisposable?> ClaimAsync(Sha256 key, string stage, CancellationToken cancellation)
    {
        try
        {
            return shared is null ? NoClaim : await shared.TryClaimAsync(key, cancellation).ConfigureAwait(false);
        }
        catch (FactoryException e)
        {
            log.Warn(RunFaults.NotShared(stage, e));
            return NoClaim;
        }
    }

    public async Task GiveAsync(StoreLease lease, CancellationToken cancellation)
    {
        try
        {
            if (shared is not null)
                await shared.GiveAsync(lease.Entry, lease.Output, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FactoryException || IoErrors.IsAny(e))
        {
            log.Warn(RunFaults.NotShared(lease.Entry.Stage, e));
        }
    }

    private sealed class Nothing : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
