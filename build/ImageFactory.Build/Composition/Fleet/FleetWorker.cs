using System.Globalization;
using ImageFactory.Build.Hosting;
using ImageFactory.Cluster.Fleet;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Pipeline;
using ImageFactory.Recipes.Fleet;

namespace ImageFactory.Build.Composition.Fleet;

/// <summary>Builds one entry of a fleet, and tells the cluster when it begins and how it ended.</summary>
internal sealed class FleetWorker(FleetResults results, IReporter reporter, TimeProvider time)
{
    /// <summary>For telling of a failure when the run is being ended.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    public async Task<Answer> BuildAsync(FleetTask task, Func<FleetEntry, CancellationToken, Task<BuildOutcome>> build, CancellationToken cancellation)
    {
        FleetResult begun = new()
        {
            State = FleetState.Running,
            Index = task.Index,
            Architecture = FleetRecipe.WordOf(task.Entry.Architecture),
            Provider = task.Entry.Provider is { } provider ? FleetRecipe.WordOf(provider) : null,
            Started = ToSeconds(time.GetUtcNow()),
        };
        reporter.Report(new Said(string.Create(CultureInfo.InvariantCulture, $"entry '{task.Entry.Name}', index {task.Index} of {task.Of} for {begun.Architecture}")));

        // First of all: whoever cannot tell of an image in the end need not make it.
        await results.WriteAsync(task.Entry.Name, begun, cancellation).ConfigureAwait(false);
        long began = time.GetTimestamp();
        try
        {
            BuildOutcome outcome = await build(task.Entry, cancellation).ConfigureAwait(false);
            FleetResult ended = Ended(begun, began) with
            {
                State = FleetState.Succeeded,
                ExitCode = (int)outcome.Answer.ExitCode,
                Digest = outcome.Manifest.Content.Artifacts.First(a => a.Kind == "disk").Sha256.Hex,
                Images = [.. outcome.Results.Select(r => r.Publication?.Id).OfType<string>()],
                Stages = StagesOf(outcome.Manifest),
            };
            if (outcome.Answer.ExitCode != ExitCode.Ok)
                ended = Failed(ended, outcome.Answer.Faults);
            await results.WriteAsync(task.Entry.Name, ended, cancellation).ConfigureAwait(false);
            return outcome.Answer with { Json = ended.ToJson };
        }
        catch (Exception e)
        {
            FleetResult ended = Ended(begun, began);
            await TellLastAsync(task.Entry.Name, cancellation.IsCancellationRequested ? ended with { State = FleetState.Stopped } : Failed(ended, Failure.Explain(e, null))).ConfigureAwait(false);
            throw;
        }
    }

    private FleetResult Ended(FleetResult begun, long began) => begun with
    {
        Finished = ToSeconds(time.GetUtcNow()),
        Seconds = Math.Round(time.GetElapsedTime(began).TotalSeconds, 1),
    };

    private static FleetResult Failed(FleetResult ended, IReadOnlyList<Fault> faults)
    {
        Fault first = faults.FirstOrDefault(f => f.Severity == Severity.Error) ?? faults[0];
        return ended with { State = FleetState.Failed, ExitCode = (int)first.ExitCode, Fault = first.Code, Message = first.Message };
    }

    private static FleetStages StagesOf(Manifest manifest)
    {
        ILookup<string, ManifestStageRun> stages = manifest.Run.Stages.ToLookup(s => s.Outcome, StringComparer.Ordinal);
        return new FleetStages(stages["built"].Count(), stages["reused"].Count(), stages["shared"].Count());
    }

    private async Task TellLastAsync(string name, FleetResult result)
    {
        using CancellationTokenSource limit = new(LastWords);
        try
        {
            await results.WriteAsync(name, result, limit.Token).ConfigureAwait(false);
        }
        catch (FactoryException e)
        {
            foreach (Fault fault in e.Faults)
                reporter.Report(new Faulted(fault.AsWarning()));
        }
        catch (OperationCanceledException)
        {
            // There was no time left to tell of it.
        }
    }

    private static DateTimeOffset ToSeconds(DateTimeOffset moment) => DateTimeOffset.FromUnixTimeSeconds(moment.ToUnixTimeSeconds());
}
