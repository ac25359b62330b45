using System.Diagnostics;
using ImageFactory.Pipeline.Graph;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Running;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Tests.Support;

/// <summary>A build as a process of its own: a graph of programs that write files, each noted in a log when it begins.</summary>
internal static class BuildProcess
{
    internal const string Verb = "--build";

    internal static IReadOnlyList<string> Stages { get; } = ["fetch", "tree", "policy", "initrd", "payload", "disk"];

    internal static Process Start(string store, string log)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "ImageFactory.Pipeline.Tests"), [Verb, store, log])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    internal static async Task<int> RunAsync(string storeFolder, string log)
    {
        RecordingReporter reporter = new();
        Store store = Store.Open(new DirectoryInfo(storeFolder), TimeProvider.System);
        using RunJournal journal = RunJournal.Begin(store, reporter);
        ProgramRunner programs = new(TestBuild.Environment, reporter, TimeProvider.System, journal);
        Scheduler scheduler = new(store, journal, programs, reporter, TimeProvider.System);
        RunOptions options = new() { WorkRoots = [new WorkRoot("/dev/shm", 1 << 20)] };
        using RunResult result = await scheduler.RunAsync(MakeGraph(log), options, CancellationToken.None);
        foreach (RunEvent happened in reporter.Events.Where(e => e is Faulted or Said))
            await Console.Error.WriteLineAsync(happened.ToString());
        foreach (StageResult stage in result.Stages)
            await Console.Out.WriteLineAsync($"{stage.Stage} {stage.Outcome} {stage.Entry?.Output}");
        return result.Succeeded ? 0 : 1;
    }

    private static StageGraph MakeGraph(string log) => StageGraph.Create(
    [
        Make("fetch", log),
        Make("tree", log, "fetch"),
        Make("policy", log),
        Make("initrd", log, "tree"),
        Make("payload", log, "tree", "policy"),
        Make("disk", log, "initrd", "payload"),
    ]);

    // Two files and a folder, written in pieces by a grandchild, so that a kill finds things half done; the work folder is used as well.
    private static TestStage Make(string name, string log, params string[] after) => new(name, after)
    {
        Action = async (scope, cancellation) =>
        {
            string script = $"""
                echo {name} >> "$LOG"
                mkdir "$OUT/folder"
                (for i in 1 2 3 4 5 6; do head -c 100000 /dev/zero | tr '\0' "$i" >> "$OUT/data"; sleep 0.02; done; echo {name} > "$OUT/folder/name") &
                echo {name} > "$TMPDIR/scratch"
                wait
                """;
            await scope.Programs.RunAsync(
                new ProgramCall("sh", ["-ec", script]) { Environment = new Dictionary<string, string> { ["OUT"] = scope.Output.FullName, ["LOG"] = log } },
                cancellation);
        },
    };
}
