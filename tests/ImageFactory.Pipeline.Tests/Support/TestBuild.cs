using ImageFactory.Pipeline.Graph;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Running;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Tests.Support;

/// <summary>A store in a folder of its own, and builds in it.</summary>
internal sealed class TestBuild : IDisposable
{
    internal TestBuild(string? storeFolder = null) => Store = Store.Open(new DirectoryInfo(storeFolder ?? Folder["store"]), Time);

    internal static IReadOnlyDictionary<string, string> Environment { get; } =
        ProgramEnvironment.From(new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" });

    internal TestFolder Folder { get; } = new();

    internal ManualTime Time { get; } = new();

    internal Store Store { get; }

    internal RecordingReporter Reporter { get; private set; } = new();

    /// <summary>One run from its begin to its end; what was reported is the <see cref="Reporter"/> of this run.</summary>
    internal async Task<RunResult> RunAsync(IReadOnlyList<IStage> stages, RunOptions? options = null, CancellationToken cancellation = default)
    {
        Reporter = new RecordingReporter();
        using RunJournal journal = RunJournal.Begin(Store, Reporter);
        ProgramRunner programs = new(Environment, Reporter, TimeProvider.System, journal);
        return await new Scheduler(Store, journal, programs, Reporter, Time).RunAsync(StageGraph.Create(stages), options ?? new RunOptions(), cancellation);
    }

    /// <summary>Runs and lets go of the outputs.</summary>
    /// <returns>The names of the stages that were built, sorted.</returns>
    internal async Task<IReadOnlyList<string>> BuiltAsync(IReadOnlyList<IStage> stages, RunOptions? options = null)
    {
        using RunResult result = await RunAsync(stages, options, TestContext.Current.CancellationToken);
        result.ThrowIfFailed();
        return [.. result.Stages.Where(s => s.Outcome == StageOutcome.Built).Select(s => s.Stage).Order(StringComparer.Ordinal)];
    }

    public void Dispose() => Folder.Dispose();
}
