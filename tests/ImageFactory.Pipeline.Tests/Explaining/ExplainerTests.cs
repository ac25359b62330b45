using ImageFactory.Model;
using ImageFactory.Pipeline.Explaining;
using ImageFactory.Pipeline.Graph;
using ImageFactory.Pipeline.Maintenance;
using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests.Explaining;

public sealed class ExplainerTests
{
    [Fact]
    public void In_an_empty_store_everything_would_run_as_far_as_one_can_know()
    {
        using TestBuild build = new();

        IReadOnlyList<StageForecast> forecasts = Explain(build, Stages("1"));

        Assert.Equal([StageVerdict.Run, StageVerdict.Run, StageVerdict.Unknown], forecasts.Select(f => f.Verdict));
        Assert.Equal(["it was never built in this store"], forecasts[0].Reasons);
        Assert.Equal(["it depends on what tree gives", "it depends on what policy gives", "it was never built in this store"], forecasts[2].Reasons);
    }

    [Fact]
    public async Task A_changed_field_is_named_with_both_values()
    {
        using TestBuild build = new();
        await build.BuiltAsync(Stages(Sha256.Of("old").Hex));

        IReadOnlyList<StageForecast> forecasts = Explain(build, Stages(Sha256.Of("new").Hex));

        Assert.Equal([StageVerdict.Reuse, StageVerdict.Run, StageVerdict.Unknown], forecasts.Select(f => f.Verdict));

        // printf old | sha256sum; printf new | sha256sum
        Assert.Equal(["value changed: cba06b5736fa… -> 11507a0e2f5e…"], forecasts[1].Reasons);
        Assert.Equal(["it depends on what policy gives"], forecasts[2].Reasons);
    }

    [Fact]
    public async Task A_changed_input_is_named()
    {
        using TestBuild build = new();
        await build.BuiltAsync(Stages("1"));
        await build.BuiltAsync([new TestStage("tree"), new TestStage("policy") { Value = "2" }]);

        StageForecast disk = Explain(build, Stages("2"))[2];

        Assert.Equal(StageVerdict.Run, disk.Verdict);
        Assert.StartsWith("input policy changed: ", Assert.Single(disk.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removed_output_is_told()
    {
        using TestBuild build = new();
        await build.BuiltAsync(Stages("1"));
        new StoreMaintenance(build.Store).Collect(0, TestContext.Current.CancellationToken);

        Assert.Equal(["its output is no longer in the store"], Explain(build, Stages("1"))[0].Reasons);
    }

    [Fact]
    public async Task An_answer_that_is_too_old_is_told_and_used_offline()
    {
        using TestBuild build = new();
        IStage[] stages = [new TestStage("resolve") { MaxAge = TimeSpan.FromHours(1) }];
        await build.BuiltAsync(stages);
        build.Time.Now += TimeSpan.FromHours(5);

        StageForecast online = Assert.Single(Explain(build, stages));
        StageForecast offline = Assert.Single(new Explainer(build.Store, build.Time).Explain(StageGraph.Create(stages), [], offline: true));

        Assert.Equal((StageVerdict.Run, "it was asked 5 hours ago, and an answer holds for 60 minutes"), (online.Verdict, online.Reasons[0]));
        Assert.Equal(StageVerdict.Reuse, offline.Verdict);
    }

    [Fact]
    public async Task What_was_built_says_why_it_last_ran()
    {
        using TestBuild build = new();
        await build.BuiltAsync(Stages("1"));
        await build.BuiltAsync(Stages("2"));

        StageForecast policy = Explain(build, Stages("2"))[1];

        Assert.Equal((StageVerdict.Reuse, "value changed: 1 -> 2", build.Time.Now), (policy.Verdict, policy.LastWhy, policy.LastRan));
    }

    [Fact]
    public async Task The_forecast_is_what_then_happens()
    {
        using TestBuild build = new();
        await build.BuiltAsync(Stages("1"));
        IReadOnlyList<StageForecast> forecasts = Explain(build, Stages("2"));

        IReadOnlyList<string> built = await build.BuiltAsync(Stages("2"));

        Assert.All(forecasts.Where(f => f.Verdict == StageVerdict.Run), f => Assert.Contains(f.Stage, built));
        Assert.All(forecasts.Where(f => f.Verdict == StageVerdict.Reuse), f => Assert.DoesNotContain(f.Stage, built));
    }

    private static IReadOnlyList<StageForecast> Explain(TestBuild build, IReadOnlyList<IStage> stages) =>
        new Explainer(build.Store, build.Time).Explain(StageGraph.Create(stages), [], offline: false);

    private static IStage[] Stages(string policy) => [new TestStage("tree"), new TestStage("policy") { Value = policy }, new TestStage("disk", "tree", "policy")];
}
