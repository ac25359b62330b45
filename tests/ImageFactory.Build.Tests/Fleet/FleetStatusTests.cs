using System.Text.Json.Nodes;
using ImageFactory.Cluster.Fleet;
using ImageFactory.Model;

namespace ImageFactory.Build.Tests.Fleet;

/// <summary>What is said of a whole fleet, before and after.</summary>
public sealed class FleetStatusTests
{
    private const string Digest = "5a9c3b1f00000000000000000000000000000000000000000000000000000000";

    private static readonly FleetResult Done = new()
    {
        State = FleetState.Succeeded,
        Index = 0,
        Architecture = "x86_64",
        Provider = "aws",
        Started = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
        Finished = new DateTimeOffset(2026, 3, 1, 12, 1, 30, TimeSpan.Zero),
        Seconds = 90,
        Digest = Digest,
        Images = ["ami-1"],
        ExitCode = 0,
    };

    [Fact]
    public async Task The_table_names_each_entry_of_the_list_and_what_became_of_it()
    {
        await using FleetBench fleet = await FleetBench.StartAsync();
        Tell(fleet, ("to-aws", Done.ToJson()), ("alone", (Done with { Provider = null, Images = [], Seconds = 3.25 }).ToJson()), ("of-an-earlier-list", Done.ToJson()),
            ("broken", (Done with { State = FleetState.Failed, Provider = null, Images = [], Digest = null, ExitCode = 69, Fault = "IFO301", Seconds = 1 }).ToJson()));

        ExitCode code = await fleet.RunAsync("status", "--list", "fleet.yaml");

        Assert.Equal(
            $"""
            ENTRY      ARCHITECTURE  PROVIDER  STATE      TIME        FAULT   IMAGE
            to-aws     x86_64        aws       succeeded  1 min 30 s          ami-1
            elsewhere  s390x         all       missing
            alone      x86_64        all       succeeded  3.2 s               sha256:{Digest}
            broken     x86_64        all       failed     1.0 s       IFO301

            4 images: 1 failed, 1 missing, 2 succeeded

            """,
            fleet.Output);
        Assert.Equal(ExitCode.Unavailable, code);
        Assert.Contains("IFJ311: 1 of 4 failed: broken", fleet.Errors, StringComparison.Ordinal);
        Assert.Contains("IFJ312: 1 of 4 are not done: elsewhere", fleet.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_list_it_is_whatever_has_a_result_and_0_means_all_are_made()
    {
        await using FleetBench fleet = await FleetBench.StartAsync();
        Tell(fleet, ("b", Done.ToJson()), ("a", Done.ToJson()));

        ExitCode code = await fleet.RunAsync("status", "--json");

        Assert.Equal(ExitCode.Ok, code);
        JsonArray rows = JsonNode.Parse(fleet.Output)!.AsArray();
        Assert.Equal(["a", "b"], rows.Select(r => (string?)r!["entry"]));
        Assert.Equal(("succeeded", "ami-1", Digest), ((string?)rows[0]!["state"], (string?)rows[0]!["result"]!["images"]![0], (string?)rows[0]!["result"]!["digest"]));
    }

    [Theory]
    [InlineData("running", ExitCode.TryAgain)]
    [InlineData("stopped", ExitCode.TryAgain)]
    [InlineData("unreadable", ExitCode.TryAgain)]
    public async Task What_is_not_done_is_no_success(string state, ExitCode expected)
    {
        await using FleetBench fleet = await FleetBench.StartAsync();
        Tell(fleet, ("a", Done.ToJson()), ("b", Done.ToJson().Replace("succeeded", state, StringComparison.Ordinal)));

        ExitCode code = await fleet.RunAsync("status");

        Assert.Equal(expected, code);
        Assert.Contains($"2 images: 1 {(string.CompareOrdinal(state, "succeeded") < 0 ? $"{state}, 1 succeeded" : $"succeeded, 1 {state}")}", fleet.Output, StringComparison.Ordinal);
        Assert.Contains("1 of 2 are not done: b", fleet.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("12")]
    [InlineData("0")]
    [InlineData("-5")]
    public async Task An_exit_code_that_nobody_has_is_still_a_failure(string code)
    {
        await using FleetBench fleet = await FleetBench.StartAsync();
        Tell(fleet, ("a", (Done with { State = FleetState.Failed }).ToJson().Replace("\"exitCode\":0", "\"exitCode\":" + code, StringComparison.Ordinal)));

        Assert.Equal(ExitCode.Internal, await fleet.RunAsync("status"));
    }

    [Fact]
    public async Task A_fleet_that_never_began_is_told_so()
    {
        await using FleetBench fleet = await FleetBench.StartAsync();

        Assert.Equal(ExitCode.TryAgain, await fleet.RunAsync("status"));
        Assert.Contains("IFJ313", fleet.Errors, StringComparison.Ordinal);
        fleet.Cluster.RemoveConfigMap(FleetBench.Space, FleetResults.Name);
        Assert.Equal(ExitCode.MissingInput, await fleet.RunAsync("status"));
        Assert.Contains("IFK203", fleet.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_plan_shows_which_index_builds_what_and_how_many_there_are()
    {
        await using FleetBench fleet = await FleetBench.StartAsync();

        ExitCode code = await fleet.RunAsync("plan", "--list", "fleet.yaml");

        Assert.Equal(
            """
            ARCHITECTURE  INDEX  ENTRY      PROVIDER  RECIPE
            x86_64        0      to-aws     aws       podvm.yaml
            x86_64        1      alone      all       alone.yaml
            x86_64        2      broken     all       alone.yaml
            s390x         0      elsewhere  all       alone.yaml

            completions for x86_64: 3
            completions for s390x: 1

            """,
            fleet.Output);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Empty(fleet.Cluster.Requests);
    }

    [Fact]
    public async Task A_plan_that_cannot_be_carried_out_is_refused_with_all_its_faults()
    {
        await using FleetBench fleet = await FleetBench.StartAsync();
        fleet.List("fleet:\n  - { name: a, recipe: alone.yaml, architecture: x86_64, provider: aws }\n  - { name: a, recipe: podvm.yaml, architecture: s390x }\n");

        ExitCode code = await fleet.RunAsync("plan", "--list", "fleet.yaml");

        Assert.Equal(ExitCode.InvalidInput, code);
        Assert.Empty(fleet.Output);
        Assert.Contains("fleet.yaml:3:13: IFJ303", fleet.Errors, StringComparison.Ordinal);
        Assert.Contains("fleet.yaml:2:5: IFJ305", fleet.Errors, StringComparison.Ordinal);
        Assert.Contains("fleet.yaml:3:5: IFJ304", fleet.Errors, StringComparison.Ordinal);
    }

    private static void Tell(FleetBench fleet, params (string Entry, string Json)[] results) =>
        fleet.Cluster.SetConfigMap(FleetBench.Space, FleetResults.Name, results.ToDictionary(r => r.Entry, r => r.Json));
}
