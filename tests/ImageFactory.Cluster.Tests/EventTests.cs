using System.Text.Json.Nodes;
using ImageFactory.Cluster.Events;
using ImageFactory.Cluster.Transport;
using ImageFactory.Model;

namespace ImageFactory.Cluster.Tests;

public sealed class EventTests
{
    private static readonly ObjectReference Job = new("batch/v1", "Job", Place.Space, "osc-podvm-image-creation");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_is_about_the_job_and_has_what_its_version_demands()
    {
        await using Place place = await Place.StartAsync();
        using ClusterConnection connection = place.Connect();

        Assert.Null(await Client(connection).WriteAsync(new ClusterEvent("ImageBuildFailed", "Build", "IFA101: why") { IsWarning = true }, Cancellation));

        (string group, JsonObject written) = Assert.Single(place.Server.Events);
        Assert.Equal("events.k8s.io", group);
        Assert.Equal(("Warning", "ImageBuildFailed", "IFA101: why"), ((string?)written["type"], (string?)written["reason"], (string?)written["note"]));
        Assert.Equal("osc-podvm-image-creation", (string?)written["regarding"]!["name"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_old_kind_is_written_where_the_new_one_is_denied_or_not_served(bool served)
    {
        await using Place place = await Place.StartAsync();
        place.Server.ServesNewEvents = served;
        place.Server.Rules.TryRemove($"builder: create events.k8s.io/events {Place.Space}", out _);
        using ClusterConnection connection = place.Connect();
        EventClient client = Client(connection);

        Assert.Null(await client.WriteAsync(new ClusterEvent("One", "Build", "a"), Cancellation));
        Assert.Null(await client.WriteAsync(new ClusterEvent("Two", "Build", "b"), Cancellation));

        Assert.Equal([("", "One"), ("", "Two")], place.Server.Events.Select(e => (e.Group, (string)e.Event["reason"]!)));
        Assert.Equal(3, place.Server.Requests.Count);
    }

    [Fact]
    public async Task A_long_note_is_cut_and_a_refusal_is_a_warning()
    {
        await using Place place = await Place.StartAsync();
        using ClusterConnection connection = place.Connect();
        EventClient client = Client(connection);

        Assert.Null(await client.WriteAsync(new ClusterEvent("Long", "Build", new string('x', 5000)), Cancellation));
        place.Server.Rules.Clear();
        Fault? denied = await client.WriteAsync(new ClusterEvent("Denied", "Build", "x"), Cancellation);

        Assert.Equal(1024, ((string)place.Server.Events.Single().Event["note"]!).Length);
        Assert.Equal(("IFK202", Severity.Warning), (denied!.Code, denied.Severity));
    }

    private static EventClient Client(ClusterConnection connection) => new(connection, Job, "osc-podvm-image-creation-x7k2p", TimeProvider.System);
}
