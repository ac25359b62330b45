using System.Diagnostics;
using ImageFactory.Model;
using ImageFactory.Pipeline.Maintenance;
using ImageFactory.Pipeline.Running;
using ImageFactory.Pipeline.Storage;
using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests.Running;

public sealed class SharedStoreTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Processes_that_build_the_same_build_each_stage_once()
    {
        using TestFolder folder = new();
        using Process one = BuildProcess.Start(folder["store"], folder["log"]);
        using Process two = BuildProcess.Start(folder["store"], folder["log"]);
        using Process three = BuildProcess.Start(folder["store"], folder["log"]);

        string[] errors = await Task.WhenAll(new[] { one, two, three }.Select(FinishAsync));

        Assert.Equal([0, 0, 0], new[] { one.ExitCode, two.ExitCode, three.ExitCode });
        Assert.Equal(BuildProcess.Stages.Order(), (await File.ReadAllLinesAsync(folder["log"], Token)).Order());
        Assert.Contains("waits for process", string.Concat(errors), StringComparison.Ordinal);
        Assert.Empty(await new StoreMaintenance(Store.Open(folder.Folder("store"), TimeProvider.System)).VerifyAsync(Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder["store/locks"]));
    }

    [Fact]
    public async Task Two_runs_in_one_process_share_as_well()
    {
        using TestBuild one = new();
        using TestBuild two = new(one.Folder["store"]);
        int runs = 0;
        TestStage Make() => new("a")
        {
            Action = async (_, cancellation) =>
            {
                Interlocked.Increment(ref runs);
                await Task.Delay(300, cancellation);
            },
        };

        await Task.WhenAll(one.BuiltAsync([Make()]), two.BuiltAsync([Make()]));

        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Whoever_waits_takes_over_when_the_other_fails()
    {
        using TestBuild one = new();
        using TestBuild two = new(one.Folder["store"]);
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TestStage failing = new("a")
        {
            Action = async (_, cancellation) =>
            {
                begun.SetResult();
                await Task.Delay(300, cancellation);
                throw new FactoryException(new Fault("IFT001", ExitCode.Internal, "no"));
            },
        };
        Task<RunResult> first = one.RunAsync([failing], cancellation: Token);
        await begun.Task;

        Assert.Equal(["a"], await two.BuiltAsync([new TestStage("a")]));
        using RunResult failed = await first;
        Assert.False(failed.Succeeded);
    }

    private static async Task<string> FinishAsync(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync(Token);
        string errors = await process.StandardError.ReadToEndAsync(Token);
        await output;
        await process.WaitForExitAsync(Token);
        return errors;
    }
}
