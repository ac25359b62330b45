using System.Diagnostics;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Running;
using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests.Running;

public sealed class SchedulerTests
{
    [Fact]
    public async Task Nothing_is_built_twice()
    {
        using TestBuild build = new();
        IStage[] stages = [new TestStage("a"), new TestStage("b", "a"), new TestStage("c", "b", "a")];

        Assert.Equal(["a", "b", "c"], await build.BuiltAsync(stages));
        Assert.Empty(await build.BuiltAsync(stages));
        Assert.Empty(build.Reporter.Started);
    }

    [Fact]
    public async Task A_change_reruns_what_reads_it_and_nothing_else()
    {
        using TestBuild build = new();
        await build.BuiltAsync(
            [new TestStage("tree"), new TestStage("policy") { Value = "1" }, new TestStage("disk", "tree", "policy"), new TestStage("initrd", "tree")]);

        IReadOnlyList<string> built = await build.BuiltAsync(
            [new TestStage("tree"), new TestStage("policy") { Value = "2" }, new TestStage("disk", "tree", "policy"), new TestStage("initrd", "tree")]);

        Assert.Equal(["disk", "policy"], built);
    }

    [Fact]
    public async Task A_stage_that_gives_the_same_bytes_again_stops_the_change_there()
    {
        using TestBuild build = new();
        await build.BuiltAsync(
            [new TestStage("a") { Value = "one" }, new TestStage("length", "a") { Function = (_, i) => $"{i[0].Length}" }, new TestStage("c", "length")]);

        IReadOnlyList<string> built = await build.BuiltAsync(
            [new TestStage("a") { Value = "two" }, new TestStage("length", "a") { Function = (_, i) => $"{i[0].Length}" }, new TestStage("c", "length")]);

        Assert.Equal(["a", "length"], built);
    }

    [Fact]
    public async Task What_a_stage_hashes_while_it_writes_is_stored_and_handed_on_as_it_is()
    {
        using TestBuild build = new();
        byte[] content = new byte[(5 << 20) + 17];
        new Random(17).NextBytes(content.AsSpan(1 << 20));
        Sha256? handedOn = null;

        using RunResult result = await build.RunAsync([new WritingStage(content), new ReadingStage(digest => handedOn = digest)], cancellation: TestContext.Current.CancellationToken);

        result.ThrowIfFailed();
        Assert.Equal(Sha256.Of(content), Assert.Single(result["writes"].Entry!.Files).Digest);
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(result["writes"].Output!.FullName, "large"), TestContext.Current.CancellationToken));
        Assert.Equal(Sha256.Of(content), handedOn);
    }

    [Fact]
    public async Task The_result_names_key_digest_folder_and_reason()
    {
        using TestBuild build = new();

        using RunResult result = await build.RunAsync([new TestStage("a") { Value = "x" }], cancellation: TestContext.Current.CancellationToken);

        StageResult stage = result["a"];
        Assert.Equal("x()", await File.ReadAllTextAsync(Path.Combine(stage.Output!.FullName, "out"), TestContext.Current.CancellationToken));
        Assert.Equal("it was never built in this store", stage.Why);
        Assert.Equal(3, stage.Entry!.Bytes);
        Assert.Equal(Sha256.Of("x()"), Assert.Single(stage.Entry.Files).Digest);
    }

    [Fact]
    public async Task A_failure_cancels_the_rest_and_every_fault_is_told()
    {
        using TestBuild build = new();
        TaskCompletionSource bothRun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TestStage first = new("first")
        {
            Action = async (_, _) =>
            {
                await bothRun.Task;
                throw new FactoryException(new Fault("IFT001", ExitCode.InvalidInput, "first"));
            },
        };
        TestStage second = new("second")
        {
            Action = async (_, cancellation) =>
            {
                bothRun.SetResult();
                try
                {
                    await Task.Delay(Timeout.Infinite, cancellation);
                }
                catch (OperationCanceledException)
                {
                    throw new FactoryException(new Fault("IFT002", ExitCode.CannotWrite, "second"));
                }
            },
        };

        using RunResult result = await build.RunAsync(
            [first, second, new TestStage("third", "first"), new TestStage("fourth", "third")],
            cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(["IFT001", "IFT002"], result.Faults.Select(f => f.Code));
        Assert.Equal([StageOutcome.Failed, StageOutcome.Failed, StageOutcome.Cancelled, StageOutcome.Cancelled], result.Stages.Select(s => s.Outcome));
        Assert.Throws<FactoryException>(result.ThrowIfFailed);
    }

    [Fact]
    public async Task An_exception_that_nobody_foresaw_is_our_bug()
    {
        using TestBuild build = new();
        TestStage stage = new("a") { Action = (_, _) => throw new InvalidOperationException("oops") };

        using RunResult result = await build.RunAsync([stage], cancellation: TestContext.Current.CancellationToken);

        Fault fault = Assert.Single(result.Faults);
        Assert.Equal(("IFP111", ExitCode.Internal), (fault.Code, fault.ExitCode));
    }

    [Fact]
    public async Task A_failed_stage_leaves_nothing_and_is_built_by_the_next_run()
    {
        using TestBuild build = new();
        using RunResult failed = await build.RunAsync(
            [
                new TestStage("a")
                {
                    Action = (scope, _) =>
                    {
                        File.WriteAllText(scope.OutputFile("out"), "half");
                        throw new IOException("the disk said no");
                    },
                },
            ],
            cancellation: TestContext.Current.CancellationToken);

        Assert.False(failed.Succeeded);
        Assert.Empty(Directory.GetFileSystemEntries(build.Folder["store/tmp"]));
        Assert.Empty(Directory.GetFileSystemEntries(build.Folder["store/locks"]));
        Assert.Empty(Directory.GetFileSystemEntries(build.Folder["store/running"]));
        Assert.Equal(["a"], await build.BuiltAsync([new TestStage("a")]));
    }

    [Fact]
    public async Task No_more_stages_run_at_a_time_than_there_are_jobs()
    {
        using TestBuild build = new();
        int now = 0;
        int most = 0;
        IStage[] stages = [.. Enumerable.Range(0, 8).Select(i => new TestStage($"s{i}")
        {
            Action = async (_, cancellation) =>
            {
                int running = Interlocked.Increment(ref now);
                InterlockedMax(ref most, running);
                await Task.Delay(30, cancellation);
                Interlocked.Decrement(ref now);
            },
        })];

        await build.BuiltAsync(stages, new RunOptions { Jobs = 3 });

        Assert.Equal(3, most);
    }

    [Fact]
    public async Task A_cancelled_run_ends_its_programs_and_leaves_nothing()
    {
        using TestBuild build = new();
        using CancellationTokenSource cancel = new();
        string pidFile = build.Folder["pid"];
        TestStage stage = new("a")
        {
            // The grandchild ignores the polite signal.
            Action = (scope, token) => scope.Programs.RunAsync(
                new ProgramCall("sh", ["-c", $"(trap '' TERM; sh -c 'echo $$ > {pidFile}; exec sleep 60') & wait"]), token),
        };
        Stopwatch watch = Stopwatch.StartNew();
        Task<RunResult> run = build.RunAsync([stage, new TestStage("b", "a")], cancellation: cancel.Token);
        await Wait.UntilAsync(() => File.Exists(pidFile) && File.ReadAllText(pidFile).EndsWith('\n'));
        string pid = File.ReadAllText(pidFile).Trim();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
        await Wait.UntilAsync(() => !Directory.Exists($"/proc/{pid}"));
        Assert.Empty(Directory.GetFileSystemEntries(build.Folder["store/tmp"]));
        Assert.Equal(2, build.Reporter.Events.OfType<StageEnded>().Count(e => e.Outcome == StageOutcome.Cancelled));
    }

    [Theory]
    [InlineData("waits")]
    [InlineData("computes")]
    public async Task A_stage_that_does_not_heed_its_token_does_not_hold_up_a_cancelled_run(string manner)
    {
        using TestBuild build = new();
        using CancellationTokenSource cancel = new();
        TaskCompletionSource end = new();
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TestStage deaf = new("deaf")
        {
            Action = (_, _) =>
            {
                begun.SetResult();
                if (manner == "computes")
                    SpinWait.SpinUntil(() => end.Task.IsCompleted);
                return end.Task;
            },
        };
        Task<RunResult> run = build.RunAsync([deaf], cancellation: cancel.Token);
        await begun.Task;
        Stopwatch watch = Stopwatch.StartNew();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
        Assert.Equal("IFP112", Assert.Single(build.Reporter.Faults).Code);
        end.SetResult();
    }

    [Fact]
    public async Task What_a_stage_registers_is_undone_however_it_ends()
    {
        using TestBuild build = new();
        List<string> undone = [];
        TestStage Make(string name, bool fails) => new(name)
        {
            Action = (scope, _) =>
            {
                scope.CleanUp.Register("undo it", _ =>
                {
                    undone.Add(name);
                    return Task.CompletedTask;
                });
                return fails ? throw new InvalidOperationException() : Task.CompletedTask;
            },
        };

        (await build.RunAsync([Make("good", false)], cancellation: TestContext.Current.CancellationToken)).Dispose();
        (await build.RunAsync([Make("bad", true)], cancellation: TestContext.Current.CancellationToken)).Dispose();

        Assert.Equal(["good", "bad"], undone);
    }

    [Fact]
    public async Task The_first_work_root_with_enough_space_is_used_and_left_clean()
    {
        using TestBuild build = new();
        using TestFolder small = new();
        using TestFolder large = new();
        string used = "";
        TestStage stage = new("a")
        {
            Action = (scope, _) =>
            {
                used = scope.Work.FullName;
                return File.WriteAllTextAsync(Path.Combine(used, "scratch"), "x", CancellationToken.None);
            },
        };

        await build.BuiltAsync(
            [stage],
            new RunOptions { WorkRoots = [new WorkRoot(small.Path, long.MaxValue), new WorkRoot("/nowhere", 0), new WorkRoot(large.Path, 1)] });

        Assert.StartsWith(large.Path, used, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(large.Path));
    }

    [Fact]
    public async Task Programs_of_a_stage_speak_under_its_name_and_have_its_work_folder()
    {
        using TestBuild build = new();
        string work = "";
        TestStage stage = new("a")
        {
            Action = (scope, token) =>
            {
                work = scope.Work.FullName;
                return scope.Programs.RunAsync(new ProgramCall("sh", ["-c", "echo $TMPDIR"]), token);
            },
        };

        await build.BuiltAsync([stage]);

        ProgramSaid said = Assert.Single(build.Reporter.Events.OfType<ProgramSaid>());
        Assert.Equal(("a", "sh", work), (said.Stage, said.Program, said.Line));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = target;
        while (value > seen && Interlocked.CompareExchange(ref target, value, seen) is int found && found != seen)
            seen = found;
    }

    /// <summary>Writes by both ways of a stream, in pieces of many sizes.</summary>
    private sealed class WritingStage(byte[] content) : IStage
    {
        public string Name => "writes";

        public IReadOnlyList<string> After => [];

        public void Describe(StageKey key)
        {
        }

        public async Task RunAsync(StageScope scope, CancellationToken cancellation)
        {
            await using Stream file = scope.CreateOutputFile("large");
            for (int at = 0, size = 1; at < content.Length; at += size, size = (size * 3) + 1)
            {
                int count = Math.Min(size, content.Length - at);
                if (size % 2 == 0)
                    file.Write(content.AsSpan(at, count));
                else
                    await file.WriteAsync(content.AsMemory(at, count), cancellation);
            }
        }
    }

    private sealed class ReadingStage(Action<Sha256> take) : IStage
    {
        public string Name => "reads";

        public IReadOnlyList<string> After => ["writes"];

        public void Describe(StageKey key)
        {
        }

        public async Task RunAsync(StageScope scope, CancellationToken cancellation)
        {
            Assert.Null(scope.Known("writes", "absent"));
            take(await scope.InputDigestAsync("writes", "large", cancellation));
            await File.WriteAllTextAsync(scope.OutputFile("out"), "done", cancellation);
        }
    }
}
