using ImageFactory.Pipeline.Running;
using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests.Running;

public sealed class MaxAgeTests
{
    private string world = "old";

    [Fact]
    public async Task An_answer_is_asked_for_again_when_it_is_too_old()
    {
        using TestBuild build = new();
        await build.BuiltAsync(Stages());
        build.Time.Now += TimeSpan.FromMinutes(59);
        Assert.Empty(await build.BuiltAsync(Stages()));

        world = "new";
        build.Time.Now += TimeSpan.FromMinutes(2);

        Assert.Equal(["resolve", "tree"], await build.BuiltAsync(Stages()));
        Assert.Empty(await build.BuiltAsync(Stages()));
    }

    [Fact]
    public async Task The_same_answer_again_reruns_nothing_behind_it_and_holds_anew()
    {
        using TestBuild build = new();
        await build.BuiltAsync(Stages());
        build.Time.Now += TimeSpan.FromHours(2);

        Assert.Equal(["resolve"], await build.BuiltAsync(Stages()));
        Assert.Empty(await build.BuiltAsync(Stages()));
        Assert.Equal(2, Directory.GetDirectories(build.Folder["store/stages"]).Length);
    }

    [Fact]
    public async Task Offline_an_old_answer_is_used_and_said_to_be_old()
    {
        using TestBuild build = new();
        await build.BuiltAsync(Stages());
        build.Time.Now += TimeSpan.FromHours(3);

        Assert.Empty(await build.BuiltAsync(Stages(), new RunOptions { Offline = true }));
        Assert.Contains("3 hours ago", Assert.Single(build.Reporter.Said), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_another_run_still_reads_stays_where_it_is()
    {
        using TestBuild build = new();
        using RunResult other = await build.RunAsync(Stages(), cancellation: TestContext.Current.CancellationToken);
        world = "new";
        build.Time.Now += TimeSpan.FromHours(2);

        await build.BuiltAsync(Stages());

        Assert.Equal("old", await File.ReadAllTextAsync(Path.Combine(other["resolve"].Output!.FullName, "out"), TestContext.Current.CancellationToken));
        Assert.Empty(await build.BuiltAsync(Stages()));
    }

    private IStage[] Stages() => [new TestStage("resolve") { MaxAge = TimeSpan.FromHours(1), Function = (_, _) => world }, new TestStage("tree", "resolve")];
}
