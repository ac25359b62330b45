using System.Diagnostics;
using ImageFactory.Pipeline.Maintenance;
using ImageFactory.Pipeline.Running;
using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests.Maintenance;

public sealed class StoreMaintenanceTests
{
    private const int Size = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_least_recently_used_goes_first_and_only_as_much_as_needed()
    {
        using TestBuild build = new();
        foreach (string name in (string[])["a", "b", "c"])
        {
            await build.BuiltAsync([Large(name)]);
            build.Time.Now += TimeSpan.FromMinutes(1);
        }

        await build.BuiltAsync([Large("b")]);
        await build.BuiltAsync([Large("a")]);

        GcResult result = new StoreMaintenance(build.Store).Collect(2 * Size + (Size / 2), Token);

        Assert.Equal("c", Assert.Single(result.Removed).Entry!.Stage);
        Assert.Empty(await build.BuiltAsync([Large("a"), Large("b")]));
        Assert.Equal(["c"], await build.BuiltAsync([Large("c")]));
    }

    [Fact]
    public async Task What_a_run_uses_is_never_removed()
    {
        using TestBuild build = new();
        StoreMaintenance maintenance = new(build.Store);
        await build.BuiltAsync([Large("unused")]);
        using (RunResult result = await build.RunAsync([Large("used")], cancellation: Token))
        {
            GcResult collected = maintenance.Collect(0, Token);

            Assert.Equal(["unused"], collected.Removed.Select(r => r.Entry!.Stage));
            Assert.Equal(1, collected.InUse);
            Assert.True(File.Exists(Path.Combine(result["used"].Output!.FullName, "data")));
        }

        Assert.Equal(["used"], maintenance.Collect(0, Token).Removed.Select(r => r.Entry!.Stage));
        Assert.Equal(0, maintenance.Size());
    }

    /// <summary>A program that is about to start has a copy of every descriptor until it runs its own code, locks among them.</summary>
    [Fact]
    public async Task What_a_run_has_let_go_of_is_free_also_while_programs_start()
    {
        const int Rounds = 300;
        using TestBuild build = new();
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task starting = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    using Process program = Process.Start("/bin/true");
                    program.WaitForExit();
                }
            },
            Token);
        try
        {
            for (int round = 0; round < Rounds; round++)
            {
                await build.BuiltAsync([new TestStage("a"), new TestStage("b")]);
                Assert.Equal(0, new StoreMaintenance(build.Store).Collect(0, Token).InUse);
            }
        }
        finally
        {
            // Also after a failure: nobody else would ever end it.
            await done.CancelAsync();
            await starting;
        }
    }

    [Fact]
    public async Task Collecting_beside_running_builds_breaks_none_of_them()
    {
        using TestBuild build = new();
        using TestBuild other = new(build.Folder["store"]);
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task collecting = Task.Run(() =>
        {
            StoreMaintenance maintenance = new(other.Store);
            while (!done.IsCancellationRequested)
                maintenance.Collect(0, CancellationToken.None);
        }, Token);

        for (int i = 0; i < 40; i++)
        {
            using RunResult result = await build.RunAsync([new TestStage("a"), new TestStage("b", "a"), new TestStage("c", "a", "b")], cancellation: Token);
            result.ThrowIfFailed();
            Assert.Equal("((),(()))", await File.ReadAllTextAsync(Path.Combine(result["c"].Output!.FullName, "out"), Token));
            Assert.Empty(result.Faults);
        }

        await done.CancelAsync();
        await collecting;
    }

    [Fact]
    public async Task The_cache_counts_and_is_shrunk_too()
    {
        using TestBuild build = new();
        await File.WriteAllBytesAsync(Path.Combine(build.Store.Cache.FullName, "package"), new byte[Size], Token);
        StoreMaintenance maintenance = new(build.Store);
        Assert.Equal(Size, maintenance.Size());

        Assert.Null(Assert.Single(maintenance.Collect(0, Token).Removed).Entry);

        Assert.Equal(0, maintenance.Size());
    }

    [Fact]
    public async Task What_a_dead_run_was_making_is_removed()
    {
        using TestBuild build = new();
        Directory.CreateDirectory(build.Folder["store/tmp/0123/a-1/output"]);
        await File.WriteAllTextAsync(build.Folder["store/tmp/0123/a-1/output/half"], "x", Token);

        new StoreMaintenance(build.Store).Collect(long.MaxValue, Token);

        Assert.Empty(Directory.GetFileSystemEntries(build.Folder["store/tmp"]));
    }

    private static TestStage Large(string name) => new(name)
    {
        Action = (scope, cancellation) => File.WriteAllBytesAsync(scope.OutputFile("data"), new byte[Size], cancellation),
    };
}
