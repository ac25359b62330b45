using System.Collections.Concurrent;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Pipeline;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Running;

/// <summary>
/// Works on all destinations at once; each has its own journal, its own result, and its failure is its own.
/// </summary>
/// <param name="journals">Folder of the journals, beside the store of the builds.</param>
public sealed class PublishRun(string journals, IReporter reporter, TimeProvider time)
{
    /// <summary>How long what a failed try made may take to be removed; what is left then stays in the journal.</summary>
    private static readonly TimeSpan RemovalTime = TimeSpan.FromSeconds(20);

    /// <summary>Everything that would make a publish fail, of all destinations, before any image work.</summary>
    public static async Task<IReadOnlyList<Fault>> CheckAsync(
        IReadOnlyList<PreparedDestination> destinations, ImageDescription image, CancellationToken cancellation)
    {
        IReadOnlyList<Fault>[] found = await Task.WhenAll(destinations.Select(d => CheckAsync(d, image, cancellation))).ConfigureAwait(false);
        return [.. PreparedDestination.FaultsOf(destinations), .. found.SelectMany(f => f)];
    }

    /// <param name="destinations">Where to.</param>
    /// <param name="image">What.</param>
    /// <param name="stopAtFirst">The first failure cancels the other destinations.</param>
    /// <param name="cancellation">Cancels all; each then removes what it made.</param>
    /// <returns>One result per destination, in their order. Failures are in the results, not thrown.</returns>
    public async Task<IReadOnlyList<DestinationResult>> PublishAsync(
        IReadOnlyList<PreparedDestination> destinations, PublishableImage image, bool stopAtFirst, CancellationToken cancellation)
    {
        reporter.Report(new StagesPlanned([.. destinations.Select(StageOf)]));
        using CancellationTokenSource all = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        return await Task.WhenAll(destinations.Select(async destination =>
        {
            DestinationResult result = await ReportedAsync(destination, image, all.Token).ConfigureAwait(false);
            if (!result.Succeeded && stopAtFirst)
                await all.CancelAsync().ConfigureAwait(false);
            return result;
        })).ConfigureAwait(false);
    }

    /// <summary>Takes an image away from all destinations.</summary>
    /// <param name="destinations">Where from.</param>
    /// <param name="image">Which; only objects whose tags name it are removed.</param>
    /// <param name="force">Also what is in use.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>What was removed, and the faults of what was not.</returns>
    public static Task<RemovalResult> UnpublishAsync(
        IReadOnlyList<PreparedDestination> destinations, Sha256 image, bool force, CancellationToken cancellation) =>
        RemoveAsync(destinations, o => o.Image == image, force, remove: true, tellAbsence: true, cancellation);

    /// <summary>Finds what no complete image needs: what runs left that died, or could not clean up.</summary>
    /// <param name="destinations">Where to look.</param>
    /// <param name="remove">Also removes it.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task<RemovalResult> CollectAsync(IReadOnlyList<PreparedDestination> destinations, bool remove, CancellationToken cancellation)
    {
        // A journal that is locked belongs to a run that lives: what it is making looks like an orphan and is none.
        List<Fault> faults = [];
        List<PublicationJournal> held = [];
        List<PreparedDestination> idle = [];
        try
        {
            foreach (PreparedDestination destination in destinations)
            {
                if (PublicationJournal.TryOpen(journals, destination.Publisher.Place) is not { } journal)
                {
                    faults.Add(PublishFaults.Busy(destination.Setting.Where, destination.Publisher.Place).AsWarning());
                    continue;
                }

                held.Add(journal);
                idle.Add(destination);
                if (remove)
                    faults.AddRange(await RemoveLeftOversAsync(destination, journal).ConfigureAwait(false));
            }

            RemovalResult result = await RemoveAsync(idle, o => o.IsOrphan, force: false, remove, tellAbsence: false, cancellation).ConfigureAwait(false);
            return result with { Faults = [.. faults, .. result.Faults] };
        }
        finally
        {
            held.ForEach(j => j.Dispose());
        }
    }

    private static string StageOf(PreparedDestination destination) => $"publish {destination.Label}";

    private static async Task<IReadOnlyList<Fault>> CheckAsync(PreparedDestination destination, ImageDescription image, CancellationToken cancellation)
    {
        try
        {
            return await destination.Publisher.CheckAsync(image, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            return FaultsOf(e, destination);
        }
    }

    private async Task<DestinationResult> ReportedAsync(PreparedDestination destination, PublishableImage image, CancellationToken cancellation)
    {
        string stage = StageOf(destination);
        long started = time.GetTimestamp();
        reporter.Report(new StageStarted { Stage = stage });
        DestinationResult result = await PublishAsync(destination, image, cancellation).ConfigureAwait(false) with { Elapsed = time.GetElapsedTime(started) };
        foreach (Fault fault in result.Faults)
            reporter.Report(new Faulted(fault) { Stage = stage });
        StageOutcome outcome = result.Publication switch
        {
            { Adopted: true } => StageOutcome.Reused,
            { } => StageOutcome.Built,
            null => cancellation.IsCancellationRequested ? StageOutcome.Cancelled : StageOutcome.Failed,
        };
        reporter.Report(new StageEnded(outcome, result.Elapsed, result.Publication?.BytesSent ?? 0) { Stage = stage });
        return result;
    }

    private async Task<DestinationResult> PublishAsync(PreparedDestination destination, PublishableImage image, CancellationToken cancellation)
    {
        // A method that blocks (a local disk, a program) must not hold up the others.
        await Task.Yield();
        string where = destination.Setting.Where;
        try
        {
            cancellation.ThrowIfCancellationRequested();
            if (PublicationJournal.TryOpen(journals, destination.Publisher.Place) is not { } journal)
                return new DestinationResult(destination.Label) { Faults = [PublishFaults.Busy(where, destination.Publisher.Place)] };
            using (journal)
                return await PublishAsync(destination, image, journal, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new DestinationResult(destination.Label) { Faults = [PublishFaults.Cancelled(where, destination.Label)] };
        }
        catch (FactoryException e)
        {
            return new DestinationResult(destination.Label) { Faults = e.Faults };
        }
    }

    private async Task<DestinationResult> PublishAsync(
        PreparedDestination destination, PublishableImage image, PublicationJournal journal, CancellationToken cancellation)
    {
        List<Fault> faults = [];
        if (journal.Image is { } other && other != image.Digest)
            faults.AddRange(await RemoveLeftOversAsync(destination, journal).ConfigureAwait(false));
        if (faults.Count > 0)
            return new DestinationResult(destination.Label) { Faults = [.. faults.Select(f => f with { Severity = Severity.Error })] };
        try
        {
            journal.Begin(image.Digest, destination.Publisher.Place);
            ProgressToReporter progress = new(reporter, StageOf(destination));
            Publication publication = await destination.Publisher.PublishAsync(image, journal, progress, cancellation).ConfigureAwait(false);
            journal.Complete();
            return new DestinationResult(destination.Label) { Publication = publication with { Destination = destination.Label, Image = image.Digest } };
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            faults.AddRange(e is OperationCanceledException && cancellation.IsCancellationRequested
                ? [PublishFaults.Cancelled(destination.Setting.Where, destination.Label)]
                : FaultsOf(e, destination));
            faults.AddRange(await RemoveLeftOversAsync(destination, journal).ConfigureAwait(false));
            return new DestinationResult(destination.Label) { Faults = faults };
        }
    }

    /// <summary>Takes away what a try made, newest first. What cannot be removed stays in the journal.</summary>
    private static async Task<IReadOnlyList<Fault>> RemoveLeftOversAsync(PreparedDestination destination, PublicationJournal journal)
    {
        List<Fault> faults = [];
        using CancellationTokenSource timeUp = new(RemovalTime);
        foreach (JournaledObject leftOver in journal.Objects.Reverse())
        {
            try
            {
                await destination.Publisher.RemoveLeftOverAsync(leftOver, timeUp.Token).ConfigureAwait(false);
                journal.Removed(leftOver.Kind, leftOver.Key);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                faults.Add(PublishFaults.LeftBehind(destination.Setting.Where, leftOver.Kind, leftOver.Id ?? leftOver.Key, ReasonOf(e)));
            }
        }

        if (faults.Count == 0 && journal.Image is not null)
            journal.Complete();
        return faults;
    }

    private static async Task<RemovalResult> RemoveAsync(
        IReadOnlyList<PreparedDestination> destinations, Func<PlacedObject, bool> which, bool force, bool remove, bool tellAbsence, CancellationToken cancellation)
    {
        ConcurrentBag<Fault> faults = [];
        IReadOnlyList<RemovedObject>[] all = await Task.WhenAll(destinations.Select(async destination =>
        {
            List<RemovedObject> handled = [];
            try
            {
                PlacedObject[] found = [.. (await destination.Publisher.FindAsync(cancellation).ConfigureAwait(false)).Where(which)];
                if (found.Length == 0 && tellAbsence)
                    faults.Add(PublishFaults.NotPublished(destination.Setting.Where, destination.Label));
                foreach (PlacedObject one in found)
                {
                    if (one.UsedBy is not null && !force)
                    {
                        faults.Add(PublishFaults.InUse(destination.Setting.Where, one));
                        break;
                    }

                    if (remove)
                        await destination.Publisher.RemoveAsync(one, force, cancellation).ConfigureAwait(false);
                    handled.Add(new RemovedObject(destination.Label, one, remove));
                }
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                foreach (Fault fault in FaultsOf(e, destination))
                    faults.Add(fault);
            }

            return (IReadOnlyList<RemovedObject>)handled;
        })).ConfigureAwait(false);
        return new RemovalResult([.. all.SelectMany(o => o)], [.. faults]);
    }

    private static IReadOnlyList<Fault> FaultsOf(Exception e, PreparedDestination destination) => e switch
    {
        FactoryException known => known.Faults,
        HttpRequestException or IOException or TimeoutException or TaskCanceledException =>
            [PublishFaults.Unreachable(destination.Setting.Where, destination.Publisher.Place, ReasonOf(e))],
        _ => [PublishFaults.Bug(destination.Setting.Where, destination.Label, e)],
    };

    private static string ReasonOf(Exception e) => e.InnerException is { } inner && inner.Message != e.Message ? $"{e.Message} ({inner.Message})" : e.Message;

    private sealed class ProgressToReporter(IReporter reporter, string stage) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => reporter.Report(new StageProgressed(value.Done, value.Total, "bytes") { Stage = stage });
    }
}
