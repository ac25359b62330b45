using System.Collections.Concurrent;
using ImageFactory.Model;
using ImageFactory.Pipeline.Graph;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Platform;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Running;

/// <summary>Brings the stages of a graph about: each as soon as what it reads is there, and only if the store does not have it.</summary>
public sealed class Scheduler(Store store, RunJournal journal, IProgramRunner programs, IReporter reporter, TimeProvider time)
{
    /// <summary>Where machines take outputs of stages from each other; null: each works by itself.</summary>
    public ISharedStore? Shared { get; init; }

    /// <summary>
    /// Runs what is needed for the goals. A stage that fails stops the others; all their faults are in the result.
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller cancelled. Everything was cleaned up, or is in the journal.</exception>
    /// <exception cref="FactoryException">A goal is unknown, or there is no place to work.</exception>
    public async Task<RunResult> RunAsync(StageGraph graph, RunOptions options, CancellationToken cancellation)
    {
        IReadOnlyList<IStage> wanted = graph.UpTo(options.Goals);
        reporter.Report(new StagesPlanned([.. wanted.Select(s => s.Name)]));
        string work = MakeWorkFolder(options);
        ConcurrentBag<StoreLease> leases = [];
        ConcurrentQueue<Fault> faults = [];

        try
        {
            using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            using SemaphoreSlim slots = new(Math.Max(1, options.Jobs));
            StageRunner runner = new(store, journal, programs, time, options.Offline, work, slots) { Shared = Shared };
            Dictionary<string, Task<StageResult>> running = new(StringComparer.Ordinal);
            foreach (IStage stage in wanted)
            {
                Task<StageResult>[] inputs = [.. stage.After.Distinct(StringComparer.Ordinal).Select(a => running[a])];
                StageLog log = new(stage.Name, reporter, faults.Enqueue);

                // Not on the caller's thread: a stage may compute for seconds before it first waits for something.
                running[stage.Name] = Task.Run(() => BringAboutAsync(runner, stage, inputs, log, leases, stop), CancellationToken.None);
            }

            StageResult[] results = await Task.WhenAll(wanted.Select(s => running[s.Name])).ConfigureAwait(false);
            RunResult result = new(results, [.. faults], [.. leases]);
            if (cancellation.IsCancellationRequested && !result.Succeeded)
            {
                result.Dispose();
                cancellation.ThrowIfCancellationRequested();
            }

            return result;
        }
        finally
        {
            RemoveWorkFolder(work);
        }
    }

    private async Task<StageResult> BringAboutAsync(
        StageRunner runner, IStage stage, Task<StageResult>[] inputs, StageLog log, ConcurrentBag<StoreLease> leases, CancellationTokenSource stop)
    {
        long began = time.GetTimestamp();
        StageResult result;
        try
        {
            StageResult[] ready = await Task.WhenAll(inputs).ConfigureAwait(false);
            began = time.GetTimestamp();
            if (ready.Any(r => r.Entry is null))
                throw new OperationCanceledException();
            Action started = () => reporter.Report(new StageStarted { Stage = stage.Name });
            (result, StoreLease lease) = await runner.RunAsync(stage, ready, log, started, stop.Token).ConfigureAwait(false);
            leases.Add(lease);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            result = new StageResult(stage.Name, StageOutcome.Cancelled, "", time.GetElapsedTime(began));
        }
        catch (Exception e)
        {
            foreach (Fault fault in FaultsOf(stage, e))
                log.Fail(fault);
            await stop.CancelAsync().ConfigureAwait(false);
            result = new StageResult(stage.Name, StageOutcome.Failed, "", time.GetElapsedTime(began));
        }

        result = result with { Ended = time.GetUtcNow() };
        reporter.Report(new StageEnded(result.Outcome, result.Elapsed, result.Entry?.Bytes ?? 0) { Stage = stage.Name });
        return result;
    }

    private static IReadOnlyList<Fault> FaultsOf(IStage stage, Exception e) => e switch
    {
        FactoryException known => known.Faults,
        _ when IoErrors.IsAny(e) => [RunFaults.CannotWrite(stage.Name, e)],
        _ => [RunFaults.Bug(stage.Name, e)],
    };

    private string MakeWorkFolder(RunOptions options)
    {
        try
        {
            return WorkFolder.Make(options.WorkRoots, journal);
        }
        catch (Exception e) when (IoErrors.IsAny(e))
        {
            throw new FactoryException(StoreFaults.CannotWrite(e, store.Folder.FullName, "no work folder can be made"), e);
        }
    }

    private void RemoveWorkFolder(string work)
    {
        try
        {
            FolderRemoval.Remove(work);
        }
        catch (Exception e) when (IoErrors.IsAny(e))
        {
            reporter.Report(new Faulted(StoreFaults.LeftOver(work, e)));
        }
    }
}
