using ImageFactory.Model;
using ImageFactory.Publishing.Journal;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Running;

public sealed class PublishRunTests : IDisposable
{
    private readonly ScratchFolder scratch = new();
    private readonly Events events = new();

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public static TheoryData<string> Steps => ["before part", "after part", "before whole", "after whole"];

    public void Dispose() => scratch.Dispose();

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_failed_try_leaves_nothing_and_another_run_succeeds(string step)
    {
        TablePublisher table = new("here") { Failures = { [step] = new HttpRequestException("connection reset") } };

        DestinationResult first = await PublishAsync(table);
        bool empty = table.Table.Count == 0;
        DestinationResult second = await PublishAsync(table);

        Assert.Equal(["IFU101"], first.Faults.Select(f => f.Code));
        Assert.Equal(ExitCode.Unavailable, first.Faults[0].ExitCode);
        Assert.True(empty);
        Assert.True(second.Succeeded);
        Assert.Empty(second.Faults);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task What_could_not_be_removed_is_told_and_resumed_by_the_next_run(string step)
    {
        TablePublisher table = new("here") { Failures = { [step] = new IOException("reset"), ["removal"] = new IOException("still no network") } };

        DestinationResult first = await PublishAsync(table);
        DestinationResult second = await PublishAsync(table);

        Assert.Equal(["IFU101", "IFU105"], first.Faults.Select(f => f.Code));
        Assert.True(second.Succeeded);
        Assert.Equal(["part", "whole"], table.Table.Keys.Order());
    }

    [Fact]
    public async Task What_a_dead_run_made_for_another_image_is_removed_first()
    {
        TablePublisher table = new("here") { Table = { ["old"] = Sha256.Of("old image") } };
        using (PublicationJournal dead = PublicationJournal.TryOpen(scratch.Path, "here")!)
        {
            dead.Begin(Sha256.Of("old image"), "here");
            dead.Created("old", "key", "old");
        }

        DestinationResult result = await PublishAsync(table);

        Assert.True(result.Succeeded);
        Assert.Equal(["part", "whole"], table.Table.Keys.Order());
    }

    [Fact]
    public async Task One_failure_does_not_end_the_others()
    {
        TablePublisher good = new("good");
        TablePublisher bad = new("bad") { Failures = { ["before part"] = new FactoryException(new Fault("IFU399", ExitCode.NotPermitted, "no")) } };
        TablePublisher buggy = new("buggy") { Failures = { ["before whole"] = new InvalidOperationException("oops") } };

        IReadOnlyList<DestinationResult> results = await Run.PublishAsync([bad.Prepared, good.Prepared, buggy.Prepared], Samples.Image("x"), stopAtFirst: false, Never);

        Assert.Equal([false, true, false], results.Select(r => r.Succeeded));
        Assert.Equal(["IFU399", "IFU199"], results.SelectMany(r => r.Faults).Select(f => f.Code));
        Assert.Empty(buggy.Table);
    }

    [Fact]
    public async Task The_first_failure_ends_the_others_when_asked_to()
    {
        TablePublisher slow = new("slow") { Gate = new TaskCompletionSource() };
        TablePublisher bad = new("bad") { Failures = { ["before part"] = new IOException("no") } };

        IReadOnlyList<DestinationResult> results = await Run.PublishAsync([slow.Prepared, bad.Prepared], Samples.Image("x"), stopAtFirst: true, Never);

        Assert.Equal(["IFU106"], results[0].Faults.Select(f => f.Code));
        Assert.Empty(slow.Table);
    }

    [Fact]
    public async Task Two_runs_never_publish_to_one_place_at_once()
    {
        TablePublisher table = new("here") { Gate = new TaskCompletionSource() };

        Task<DestinationResult> first = PublishAsync(table);
        await table.Arrived.Task;
        DestinationResult second = await PublishAsync(new TablePublisher("here"));
        RemovalResult collected = await Run.CollectAsync([new TablePublisher("here") { Table = { ["part"] = Sha256.Of("image") } }.Prepared], remove: true, Never);
        table.Gate.SetResult();

        Assert.Equal(["IFU103"], second.Faults.Select(f => f.Code));
        Assert.Equal(ExitCode.TryAgain, second.Faults[0].ExitCode);
        Assert.Empty(collected.Objects);
        Assert.True((await first).Succeeded);
    }

    [Fact]
    public async Task Unpublish_removes_this_image_only()
    {
        TablePublisher table = new("here") { Table = { ["other"] = Sha256.Of("other"), ["whole"] = Sha256.Of("image"), ["part"] = Sha256.Of("image") } };

        RemovalResult result = await PublishRun.UnpublishAsync([table.Prepared], Sha256.Of("image"), force: false, Never);

        Assert.Empty(result.Faults);
        Assert.Equal(["whole", "part"], result.Objects.Select(o => o.Object.Id));
        Assert.Equal(["other"], table.Table.Keys);
    }

    [Fact]
    public async Task What_is_in_use_stays_unless_forced()
    {
        TablePublisher table = new("here") { Table = { ["whole"] = Sha256.Of("image") }, UsedBy = "i-1" };

        RemovalResult refused = await PublishRun.UnpublishAsync([table.Prepared], Sha256.Of("image"), force: false, Never);
        RemovalResult forced = await PublishRun.UnpublishAsync([table.Prepared], Sha256.Of("image"), force: true, Never);

        Assert.Equal(["IFU107"], refused.Faults.Select(f => f.Code));
        Assert.Empty(forced.Faults);
        Assert.Empty(table.Table);
    }

    [Fact]
    public async Task An_absent_image_is_a_warning()
    {
        RemovalResult result = await PublishRun.UnpublishAsync([new TablePublisher("here").Prepared], Sha256.Of("image"), force: false, Never);

        Assert.Equal(["IFU108"], result.Faults.Select(f => f.Code));
        Assert.All(result.Faults, f => Assert.Equal(Severity.Warning, f.Severity));
    }

    [Fact]
    public async Task Orphans_are_listed_and_removed_only_when_asked()
    {
        TablePublisher table = new("here") { Table = { ["part"] = Sha256.Of("image") } };

        RemovalResult listed = await Run.CollectAsync([table.Prepared], remove: false, Never);
        int left = table.Table.Count;
        RemovalResult removed = await Run.CollectAsync([table.Prepared], remove: true, Never);

        Assert.Equal(["part"], listed.Objects.Select(o => o.Object.Id));
        Assert.Equal(1, left);
        Assert.True(removed.Objects[0].Removed);
        Assert.Empty(table.Table);
    }

    [Fact]
    public async Task Checks_tell_the_faults_of_all_destinations_at_once()
    {
        TablePublisher down = new("a") { Failures = { ["check"] = new HttpRequestException("no route") } };
        TablePublisher same = new("b");

        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync([down.Prepared, same.Prepared, same.Prepared with { Label = "again" }], Samples.Description, Never);

        Assert.Equal(["IFU104", "IFU101"], faults.Select(f => f.Code));
    }

    private PublishRun Run => new(scratch.Path, events, TimeProvider.System);

    private async Task<DestinationResult> PublishAsync(TablePublisher table) =>
        Assert.Single(await Run.PublishAsync([table.Prepared], Samples.Image("x"), stopAtFirst: false, Never));
}
