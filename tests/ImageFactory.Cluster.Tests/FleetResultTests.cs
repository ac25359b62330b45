using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Cluster.Fleet;
using ImageFactory.Model;
using Microsoft.AspNetCore.Http;

namespace ImageFactory.Cluster.Tests;

public sealed class FleetResultTests
{
    private static readonly FleetResult Full = new()
    {
        State = FleetState.Failed,
        Index = 7,
        Architecture = "s390x",
        Provider = "libvirt",
        Started = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
        Finished = new DateTimeOffset(2026, 3, 1, 12, 1, 30, TimeSpan.Zero),
        Seconds = 90.5,
        Digest = new string('a', 64),
        Images = ["pool/podvm.qcow2"],
        Stages = new FleetStages(1, 2, 3),
        ExitCode = 69,
        Fault = "IFU101",
        Message = "the service does not answer",
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_form_is_this()
    {
        string json = """
            {"state":"failed","index":7,"architecture":"s390x","provider":"libvirt","started":"2026-03-01T12:00:00+00:00","finished":"2026-03-01T12:01:30+00:00","seconds":90.5,
            "digest":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","images":["pool/podvm.qcow2"],"stages":{"built":1,"reused":2,"shared":3},
            "exitCode":69,"fault":"IFU101","message":"the service does not answer"}
            """.ReplaceLineEndings("");

        Assert.Equal(json, Full.ToJson());
        Assert.Equal(json, FleetResult.Parse(json)!.ToJson());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"state":"failed"}""")]
    [InlineData("""{"state":"done","index":1,"architecture":"x86_64","started":"2026-03-01T12:00:00Z"}""")]
    [InlineData("""{"state":1,"index":1,"architecture":"x86_64","started":"2026-03-01T12:00:00Z"}""")]
    [InlineData("""{"state":"failed","index":1,"architecture":null,"started":"2026-03-01T12:00:00Z"}""")]
    [InlineData("""{"state":"failed","index":1,"architecture":"x86_64","images":null,"started":"2026-03-01T12:00:00Z"}""")]
    public void What_somebody_else_wrote_is_no_result(string json) => Assert.Null(FleetResult.Parse(json));

    [Fact]
    public void A_thousand_results_of_any_content_fit_into_one_config_map()
    {
        const string Letters = "aä€😀\"\\\n\u0001 /";
        Random random = new(5);
        for (int i = 0; i < 2_000; i++)
        {
            FleetResult long_ = Full with { Message = Text(random.Next(2_000)), Images = [.. Enumerable.Range(0, random.Next(12)).Select(_ => Text(random.Next(400)))] };

            string json = long_.ToJson();

            Assert.True(Encoding.UTF8.GetByteCount(json) * 1000 < 1 << 20, json);
            FleetResult back = FleetResult.Parse(json)!;
            Assert.Equal((Full.State, Full.Fault, Full.Digest), (back.State, back.Fault, back.Digest));
            Assert.Equal(long_.Images.Take(back.Images.Count), back.Images);
            Assert.DoesNotContain('\n', json);
        }

        string Text(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => Letters.EnumerateRunes().ElementAt(random.Next(10)).ToString()));
    }

    [Fact]
    public async Task Fifty_workers_that_end_together_all_find_their_results_kept_with_no_right_but_to_patch()
    {
        await using Place place = await Place.StartAsync();
        place.Server.Rules.Clear();
        place.Server.Allow("builder", Place.Space, "patch /configmaps");
        place.Server.SetConfigMap(Place.Space, FleetResults.Name);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            using FleetResults results = new(place.Connect(), TimeProvider.System);
            await results.WriteAsync($"entry-{i}", Full with { Index = i, State = FleetState.Running }, Cancellation);
            await results.WriteAsync($"entry-{i}", Full with { Index = i, State = FleetState.Succeeded }, Cancellation);
        }));

        JsonObject data = place.Server.ConfigMap(Place.Space, FleetResults.Name)!["data"]!.AsObject();
        Assert.Equal(50, data.Count);
        Assert.All(data, d => Assert.Equal((FleetState.Succeeded, d.Key), (FleetResult.Parse((string)d.Value!)!.State, $"entry-{FleetResult.Parse((string)d.Value!)!.Index}")));
        Assert.Equal(100, place.Server.Requests.Count);
    }

    [Fact]
    public async Task A_busy_server_is_asked_again_and_no_longer_than_makes_sense()
    {
        await using Place place = await Place.StartAsync();
        place.Server.SetConfigMap(Place.Space, FleetResults.Name);
        int conflicts = 3;
        place.Server.Interfere = async context =>
        {
            if (conflicts-- <= 0)
                return false;
            context.Response.StatusCode = 409;
            await context.Response.WriteAsync("""{"kind":"Status","reason":"Conflict","message":"the object has been modified"}""");
            return true;
        };
        using FleetResults results = new(place.Connect(), TimeProvider.System);

        await results.WriteAsync("one", Full, Cancellation);
        conflicts = int.MaxValue;
        FactoryException busy = await Assert.ThrowsAsync<FactoryException>(() => results.WriteAsync("two", Full, Cancellation));

        Assert.Equal(("IFK204", ExitCode.TryAgain), (busy.Faults[0].Code, busy.Faults[0].ExitCode));
        Assert.Equal(["one"], place.Server.ConfigMap(Place.Space, FleetResults.Name)!["data"]!.AsObject().Select(d => d.Key));
    }

    [Fact]
    public async Task Without_the_config_map_there_is_nothing_to_write_to_or_read()
    {
        await using Place place = await Place.StartAsync();
        using FleetResults results = new(place.Connect(), TimeProvider.System);

        Assert.Equal("IFK203", (await Assert.ThrowsAsync<FactoryException>(() => results.WriteAsync("one", Full, Cancellation))).Faults[0].Code);
        Assert.Equal("IFK203", (await Assert.ThrowsAsync<FactoryException>(() => results.ReadAsync(Cancellation))).Faults[0].Code);
    }

    [Fact]
    public async Task What_cannot_be_read_does_not_hide_the_others()
    {
        await using Place place = await Place.StartAsync();
        place.Server.SetConfigMap(Place.Space, FleetResults.Name, new Dictionary<string, string> { ["one"] = Full.ToJson(), ["two"] = "hello" });
        using FleetResults results = new(place.Connect(), TimeProvider.System);

        IReadOnlyDictionary<string, FleetResult?> read = await results.ReadAsync(Cancellation);

        Assert.Equal(FleetState.Failed, read["one"]!.State);
        Assert.Null(read["two"]);
    }
}
