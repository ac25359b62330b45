using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ImageFactory.Build.Tests.Job;
using ImageFactory.Cluster.Fleet;
using ImageFactory.Model;

namespace ImageFactory.Build.Tests.Fleet;

/// <summary>Workers of a fleet from their index to the result in the cluster.</summary>
public sealed class FleetScenarioTests
{
    [Fact]
    public async Task An_entry_is_built_published_to_its_provider_alone_and_told()
    {
        await using FleetBench fleet = await FleetBench.StartAsync();

        ExitCode code = await fleet.BuildAsync(0);

        Assert.True(code == ExitCode.Ok, fleet.Errors);
        JsonObject result = fleet.ResultOf("to-aws")!;
        Assert.Equal("succeeded", (string?)result["state"]);
        Assert.Equal(Assert.Single(fleet.Cloud.Images), (string?)Assert.Single(result["images"]!.AsArray()));
        Assert.Equal((0, "x86_64", "aws", 0), ((int)result["index"]!, (string?)result["architecture"], (string?)result["provider"], (int)result["exitCode"]!));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(fleet.Folder, "one.raw")))), (string?)result["digest"]);
        Assert.True((int)result["stages"]!["built"]! >= 2);
        Assert.Null(result["fault"]);
        Assert.True((DateTimeOffset)result["started"]! <= (DateTimeOffset)result["finished"]!);
        Assert.False(Directory.Exists(Path.Combine(fleet.Folder, "published")));
        Assert.Single(fleet.Cluster.ConfigMap(FleetBench.Space, FleetResults.Name)!["data"]!.AsObject());
    }

    [Fact]
    public async Task A_recipe_without_destinations_is_built_and_a_rerun_reuses_it()
    {
        await using FleetBench fleet = await FleetBench.StartAsync();

        ExitCode code = await fleet.BuildAsync(1);
        JsonNode first = fleet.ResultOf("alone")!["stages"]!;
        ExitCode again = await fleet.BuildAsync(1);

        Assert.True(code == ExitCode.Ok && again == ExitCode.Ok, fleet.Errors);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(fleet.Folder, "two.raw")))), (string?)fleet.ResultOf("alone")!["digest"]);
        Assert.Empty(fleet.ResultOf("alone")!["images"]!.AsArray());
        Assert.Equal((0, 0), ((int)first["reused"]!, (int)first["shared"]!));
        Assert.Equal((0, (int)first["built"]!), ((int)fleet.ResultOf("alone")!["stages"]!["built"]!, (int)fleet.ResultOf("alone")!["stages"]!["reused"]!));
        Assert.Empty(fleet.Cloud.Images);
    }

    [Fact]
    public async Task A_failure_is_told_with_its_code_and_ends_the_run_as_it_would_elsewhere()
    {
        await using FleetBench fleet = await FleetBench.StartAsync();

        ExitCode code = await fleet.BuildAsync(2);

        JsonObject result = fleet.ResultOf("broken")!;
        Assert.NotEqual(ExitCode.Ok, code);
        Assert.Equal(("failed", (int)code), ((string?)result["state"], (int)result["exitCode"]!));
        Assert.Contains((string)result["fault"]!, fleet.Errors, StringComparison.Ordinal);
        Assert.StartsWith((string)result["fault"]!, fleet.Termination, StringComparison.Ordinal);
        Assert.NotNull(result["message"]);
        Assert.Null(result["digest"]);
    }

    [Fact]
    public async Task A_cloud_that_refuses_is_a_failed_entry()
    {
        await using FleetBench fleet = await FleetBench.StartAsync();
        fleet.Cloud.Refuses = true;

        ExitCode code = await fleet.BuildAsync(0);

        Assert.Equal(("failed", (int)code, true), ((string?)fleet.ResultOf("to-aws")!["state"], (int)fleet.ResultOf("to-aws")!["exitCode"]!, code != ExitCode.Ok));
        Assert.StartsWith("IFU", (string?)fleet.ResultOf("to-aws")!["fault"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_machine_takes_entries_of_its_own_architecture()
    {
        await using FleetBench fleet = await FleetBench.StartAsync();
        fleet.Machine = Model.Architecture.S390x;
        fleet.Variables["FLEET_COMPLETIONS"] = "1";

        ExitCode code = await fleet.BuildAsync(0);

        Assert.True(code == ExitCode.Ok, fleet.Errors);
        Assert.Equal(("succeeded", "s390x"), ((string?)fleet.ResultOf("elsewhere")!["state"], (string?)fleet.ResultOf("elsewhere")!["architecture"]));
    }

    [Theory]
    [InlineData("3", null, "IFJ307")]
    [InlineData("0", "4", "IFJ308")]
    [InlineData("0", "two", "IFJ308")]
    [InlineData("", null, "IFJ306")]
    [InlineData("-1", null, "IFJ306")]
    [InlineData("99999999999", null, "IFJ306")]
    public async Task A_job_that_does_not_fit_its_list_ends_before_anything_is_told(string index, string? completions, string fault)
    {
        await using FleetBench fleet = await FleetBench.StartAsync();
        fleet.Variables["JOB_COMPLETION_INDEX"] = index;
        if (completions is not null)
            fleet.Variables["FLEET_COMPLETIONS"] = completions;

        ExitCode code = await fleet.RunAsync("build", "--list", "fleet.yaml");

        Assert.True(code is ExitCode.InvalidInput or ExitCode.Usage, $"{code}");
        Assert.Contains(fault, fleet.Errors, StringComparison.Ordinal);
        Assert.StartsWith(fault, fleet.Termination, StringComparison.Ordinal);
        Assert.Empty(fleet.Cluster.Requests);
    }

    [Fact]
    public async Task A_cluster_that_cannot_be_told_is_found_out_before_the_work()
    {
        await using FleetBench fleet = await FleetBench.StartAsync();
        fleet.Cluster.RemoveConfigMap(FleetBench.Space, FleetResults.Name);

        ExitCode code = await fleet.BuildAsync(0);

        Assert.Equal(ExitCode.MissingInput, code);
        Assert.Contains("IFK203", fleet.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(fleet.Folder, "store")));
    }

    [Fact]
    public async Task A_signal_in_the_middle_is_told_and_undone()
    {
        await using FleetBench fleet = await FleetBench.StartAsync();
        fleet.Aws.Lag = 1000;

        Task<ExitCode> run = fleet.BuildAsync(0);
        while (!fleet.Aws.Log.Any(l => l.Contains(" PUT /snapshots/", StringComparison.Ordinal)) && !run.IsCompleted)
            await Task.Delay(1, TestContext.Current.CancellationToken);
        string? meanwhile = (string?)fleet.ResultOf("to-aws")!["state"];
        fleet.Running?.Request(ExitCode.Terminated, _ => { }, _ => { });
        ExitCode code = await run;

        Assert.Equal((ExitCode.Terminated, "running", "stopped"), (code, meanwhile, (string?)fleet.ResultOf("to-aws")!["state"]));
        Assert.Empty(fleet.Cloud.Everything);
    }

    [Fact]
    public async Task A_worker_asks_for_no_more_rights_than_its_role_gives()
    {
        await using FleetBench fleet = await FleetBench.StartAsync();
        await fleet.BuildAsync(0);
        await fleet.BuildAsync(2);

        JsonNode rule = Assert.Single(Manifests.Read("fleet/base/role.yaml")["rules"]!.AsArray())!;
        Assert.Equal("""{"apiGroups":[""],"resources":["configmaps"],"resourceNames":["podvm-fleet-results"],"verbs":["patch"]}""", rule.ToJsonString());
        Assert.Equal([$"PATCH /api/v1/namespaces/{FleetBench.Space}/configmaps/podvm-fleet-results 200"], fleet.Cluster.Requests.Distinct());
        Assert.Equal(4, fleet.Cluster.Requests.Count);
    }
}
