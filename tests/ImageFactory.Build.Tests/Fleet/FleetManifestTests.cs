using System.Text.Json.Nodes;
using ImageFactory.Build.CommandLine;
using ImageFactory.Build.Tests.Job;
using ImageFactory.Model;
using ImageFactory.Recipes.Fleet;

namespace ImageFactory.Build.Tests.Fleet;

/// <summary>What kubectl makes of build/job/fleet, and whether it fits the list that lies there.</summary>
public sealed class FleetManifestTests
{
    [Theory]
    [InlineData("amd64", Model.Architecture.X64)]
    [InlineData("s390x", Model.Architecture.S390x)]
    public void A_job_of_an_architecture_has_as_many_indexes_as_the_list_has_entries_for_it(string overlay, Model.Architecture architecture)
    {
        IReadOnlyList<JsonObject> objects = Manifests.Kustomize(Path.Combine(Manifests.Folder, "fleet", overlay));

        Assert.All(objects, o => Assert.True(Manifests.IsValid(o), o.ToJsonString()));
        Assert.All(objects, o => Assert.Equal(Manifests.Space, (string?)o["metadata"]!["namespace"]));
        JsonObject job = Assert.Single(objects, o => (string?)o["kind"] == "Job");
        JsonObject spec = job["spec"]!.AsObject();
        JsonObject pod = spec["template"]!["spec"]!.AsObject();
        JsonNode container = pod["containers"]![0]!;
        int entries = FleetList.Check(Path.Combine(Manifests.Folder, "fleet", "list", "fleet.yaml"), "/", new Dictionary<string, string>()).Of(architecture).Count;
        Assert.Equal($"podvm-fleet-{overlay}", (string?)job["metadata"]!["name"]);
        Assert.Equal(("Indexed", entries), ((string?)spec["completionMode"], (int)spec["completions"]!));
        Assert.Equal(entries.ToString(System.Globalization.CultureInfo.InvariantCulture), Variable(container, "FLEET_COMPLETIONS")["value"]!.GetValue<string>());

        // The server refuses a Job that could fail more often than it has indexes.
        Assert.InRange((int)spec["maxFailedIndexes"]!, 1, entries);
        Assert.Equal(overlay, (string?)Assert.Single(pod["nodeSelector"]!.AsObject()).Value);
        Assert.Equal("kubernetes.io/arch", pod["nodeSelector"]!.AsObject().Single().Key);
        Manifests.AssertRestricted(pod);

        // List and registry come from the very ConfigMap that is made here, which nobody changes under a fleet that runs.
        JsonObject map = Assert.Single(objects, o => (string?)o["kind"] == "ConfigMap" && o["data"]?["fleet.yaml"] is not null);
        string name = (string)map["metadata"]!["name"]!;
        Assert.NotEqual("podvm-fleet", name);
        Assert.Equal(name, (string?)pod["volumes"]!.AsArray().Single(v => (string?)v!["name"] == "fleet")!["configMap"]!["name"]);
        Assert.Equal((name, "sharedStore"), ((string?)Variable(container, "SHARED_STORE")["valueFrom"]!["configMapKeyRef"]!["name"], (string?)Variable(container, "SHARED_STORE")["valueFrom"]!["configMapKeyRef"]!["key"]));
        Assert.NotNull(map["data"]!["sharedStore"]);
    }

    [Fact]
    public void Only_passing_failures_of_an_index_are_tried_again_and_no_other_index_is_ended_by_it()
    {
        JsonNode spec = Manifests.Read("fleet/base/job.yaml")["spec"]!;
        JsonNode failed = Assert.Single(spec["podFailurePolicy"]!["rules"]!.AsArray(), r => r!["onExitCodes"] is not null)!;

        // FailIndex is for Jobs that count tries per index, and those are Indexed.
        Assert.Equal(("FailIndex", "NotIn"), ((string?)failed["action"], (string?)failed["onExitCodes"]!["operator"]));
        Assert.True((int)spec["backoffLimitPerIndex"]! > 0);
        Assert.Null(spec["backoffLimit"]);
        Assert.Equal([(int)ExitCode.Unavailable, (int)ExitCode.TryAgain], failed["onExitCodes"]!["values"]!.AsArray().Select(v => (int)v!));
        Assert.Equal((string?)spec["template"]!["spec"]!["containers"]![0]!["name"], (string?)failed["onExitCodes"]!["containerName"]);
    }

    [Fact]
    public void Pods_and_their_rights_belong_together()
    {
        string account = (string)Manifests.Read("fleet/base/job.yaml")["spec"]!["template"]!["spec"]!["serviceAccountName"]!;
        JsonObject binding = Manifests.Read("fleet/base/role-binding.yaml");

        Assert.Equal(account, (string?)Manifests.Read("fleet/base/service-account.yaml")["metadata"]!["name"]);
        Assert.Equal(account, (string?)Assert.Single(binding["subjects"]!.AsArray())!["name"]);
        Assert.Equal((string?)Manifests.Read("fleet/base/role.yaml")["metadata"]!["name"], (string?)binding["roleRef"]!["name"]);
        Assert.Equal(ImageFactory.Cluster.Fleet.FleetResults.Name, (string?)Manifests.Read("fleet/base/results.yaml")["metadata"]!["name"]);
    }

    [Fact]
    public void The_command_of_the_pods_is_one_that_is_understood()
    {
        string[] command = [.. Manifests.Read("fleet/base/job.yaml")["spec"]!["template"]!["spec"]!["containers"]![0]!["command"]!.AsArray().Select(c => (string)c!)];

        Assert.Equal("image-factory", command[0]);
        Assert.Empty(CommandLineParser.Parse([.. command.Skip(1).Select(w => w.Replace("$(SHARED_STORE)", "registry.example.com/podvm/stages", StringComparison.Ordinal))]).Faults);
    }

    private static JsonNode Variable(JsonNode container, string name) => container["env"]!.AsArray().Single(e => (string?)e!["name"] == name)!;
}
