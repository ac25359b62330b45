using System.Globalization;
using ImageFactory.Model;
using ImageFactory.Pipeline.Explaining;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Platform;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Running;

/// <summary>Brings one stage about: from the store if it is there, by another process that is at it, or by running it.</summary>
internal sealed class StageRunner(Store store, RunJournal journal, IProgramRunner programs, TimeProvider time, bool offline, string work, SemaphoreSlim slots)
{
    /// <summary>
    /// A stage that was asked to stop gets this long, and its clean-up the time after it: together they stay below the 20 s
    /// within which a cancelled run ends.
    /// </summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(7);

    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    /// <summary>How long until another machine is asked again whether it is done.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    /// <summary>Where machines take outputs from each other; null: nowhere.</summary>
    internal ISharedStore? Shared { get; init; }

    internal async Task<(StageResult Result, StoreLease Lease)> RunAsync(
        IStage stage, IReadOnlyList<StageResult> inputs, StageLog log, Action started, CancellationToken cancellation)
    {
        long began = time.GetTimestamp();
        StageIdentity identity = StageIdentity.Of(stage, inputs.ToDictionary(i => i.Stage, i => i.Entry!.Output, StringComparer.Ordinal));
        bool saidWaiting = false;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (FindUsable(stage, identity, log, out _) is { } found)
                return Reused(found, began);

            bool elsewhere = false;
            await slots.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                using FileLock? mine = store.TryLock(identity.Key, ProcessIdentity.OwnId.ToString(CultureInfo.InvariantCulture));
                if (mine is not null)
                {
                    // Whoever had the lock before may have built it meanwhile.
                    if (FindUsable(stage, identity, log, out string? tooOld) is { } meanwhile)
                        return Reused(meanwhile, began);
                    Sharing sharing = new(Shared, store, journal, time, log);
                    bool isShared = stage.MayBeShared && !offline;
                    if (isShared && await sharing.TakeAsync(identity, stage.Name, cancellation).ConfigureAwait(false) is { } taken)
                        return (ResultOf(taken, StageOutcome.Shared, "another machine made it", time.GetElapsedTime(began)), taken);
                    await using IAsyncDisposable? claim = isShared ? await sharing.ClaimAsync(identity.Key, stage.Name, cancellation).ConfigureAwait(false) : Sharing.NoClaim;
                    if (claim is not null)
                    {
                        // Whoever had the claim before may have made it between the look and the claim.
                        if (isShared && await sharing.TakeAsync(identity, stage.Name, cancellation).ConfigureAwait(false) is { } made)
                            return (ResultOf(made, StageOutcome.Shared, "another machine made it", time.GetElapsedTime(began)), made);
                        string why = tooOld ?? string.Join("; ", Reasons.For(identity, store.LastOf(stage.Name)));
                        started();
                        (StageResult result, StoreLease lease) = await BuildAsync(stage, identity, why, inputs, log, cancellation).ConfigureAwait(false);
                        if (isShared)
                            await sharing.GiveAsync(lease, cancellation).ConfigureAwait(false);
                        return (result, lease);
                    }

                    elsewhere = true;
                }
            }
            finally
            {
                slots.Release();
            }

            if (elsewhere)
            {
                if (!saidWaiting)
                    log.Info("waits for another machine, which is building the same for the shared store");
                saidWaiting = true;
                await Task.Delay(AskAgain, time, cancellation).ConfigureAwait(false);
                continue;
            }

            if (!saidWaiting && store.HolderOf(identity.Key) is { Length: > 0 } holder)
            {
                log.Info($"waits for process {holder}, which is building the same in this store");
                saidWaiting = true;
            }

            await Task.Delay(LookAgain, cancellation).ConfigureAwait(false);
        }
    }

    private StoreLease? FindUsable(IStage stage, StageIdentity identity, StageLog log, out string? tooOld)
    {
        tooOld = null;
        if (store.Find(identity.Key, log.Warn) is not { } found)
            return null;
        if (!stage.StillServes(found.Output))
        {
            tooOld = Reasons.NoLongerServes;
            found.Dispose();
            return null;
        }

        if (stage.MaxAge is not { } maxAge || found.Entry.Created + maxAge >= time.GetUtcNow())
            return found;
        tooOld = Reasons.TooOld(found.Entry, maxAge, time.GetUtcNow());
        if (offline)
        {
            log.Info($"{tooOld}; it is used nevertheless, since nothing may be asked of the network");
            return found;
        }

        found.Dispose();
        return null;
    }

    private (StageResult Result, StoreLease Lease) Reused(StoreLease lease, long began)
    {
        if (store.LastOf(lease.Entry.Stage)?.Key != lease.Entry.Key)
            store.Remember(lease.Entry);
        return (ResultOf(lease, StageOutcome.Reused, "nothing that decides it changed", time.GetElapsedTime(began)), lease);
    }

    private static StageResult ResultOf(StoreLease lease, StageOutcome outcome, string why, TimeSpan elapsed) =>
        new(lease.Entry.Stage, outcome, why, elapsed) { Entry = lease.Entry, Output = lease.Output };

    private async Task<(StageResult Result, StoreLease Lease)> BuildAsync(
        IStage stage, StageIdentity identity, string why, IReadOnlyList<StageResult> inputs, StageLog log, CancellationToken cancellation)
    {
        long began = time.GetTimestamp();
        string draft = Path.Combine(journal.Temporary, $"{stage.Name}-{Guid.NewGuid():n}");
        bool abandoned = false;
        try
        {
            DirectoryInfo output = Directory.CreateDirectory(Store.OutputOf(draft));
            DirectoryInfo stageWork = Directory.CreateDirectory(Path.Combine(work, stage.Name));
            CleanUpStack cleanUp = new(CleanUpLimit);
            StageScope scope = new()
            {
                Output = output,
                Inputs = inputs.ToDictionary(i => i.Stage, i => i.Output!, StringComparer.Ordinal),
                Work = stageWork,
                Cache = store.Cache,
                Programs = programs.ForStage(stage.Name, stageWork),
                Log = log,
                CleanUp = cleanUp,
                Offline = offline,
                Known = (input, path) => inputs.FirstOrDefault(i => i.Stage == input)?.Entry?.Files.FirstOrDefault(f => f.Path == path)?.Digest,
            };
            try
            {
                await RunBoundedAsync(stage, scope, log, () => abandoned = true, cancellation).ConfigureAwait(false);
            }
            finally
            {
                await cleanUp.DisposeAsync().ConfigureAwait(false);
                foreach (Fault fault in cleanUp.Faults)
                    log.Warn(fault);
                if (!abandoned)
                    TryRemove(stageWork.FullName, log);
            }

            cancellation.ThrowIfCancellationRequested();
            OutputTree tree = await OutputTree.ReadAsync(output.FullName, sync: true, cancellation, scope.Hashed).ConfigureAwait(false);
            TimeSpan elapsed = time.GetElapsedTime(began);
            StoreEntry entry = new(
                stage.Name, identity.Key, identity.Fields, identity.Inputs, tree.Digest,
                why, time.GetUtcNow(), elapsed, tree.Bytes, tree.Allocated, tree.Files);
            StoreLease lease = store.Commit(draft, entry);
            return (ResultOf(lease, StageOutcome.Built, why, elapsed), lease);
        }
        finally
        {
            if (!abandoned)
                TryRemove(draft, log);
        }
    }

    // A stage that does not heed its token must not keep a cancelled run from ending. What it still writes goes where the sweep of dead runs looks.
    private static async Task RunBoundedAsync(IStage stage, StageScope scope, StageLog log, Action abandon, CancellationToken cancellation)
    {
        // On a thread of its own: a stage that computes without ever waiting could not be abandoned otherwise.
        Task run = Task.Run(() => stage.RunAsync(scope, cancellation), CancellationToken.None);
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (cancellation.Register(asked.SetResult).ConfigureAwait(false))
            await Task.WhenAny(run, asked.Task).ConfigureAwait(false);
        if (!run.IsCompleted)
        {
            await Task.WhenAny(run, Task.Delay(StopLimit, CancellationToken.None)).ConfigureAwait(false);
            if (!run.IsCompleted)
            {
                abandon();
                log.Warn(RunFaults.DidNotStop(stage.Name, StopLimit));
                throw new OperationCanceledException(cancellation);
            }
        }

        await run.ConfigureAwait(false);
    }

    private static void TryRemove(string folder, StageLog log)
    {
        try
        {
            FolderRemoval.Remove(folder);
        }
        catch (Exception e) when (IoErrors.IsAny(e))
        {
            log.Warn(StoreFaults.LeftOver(folder, e));
        }
    }
}
