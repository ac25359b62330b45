using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ImageFactory.Testing.Cluster;
using ImageFactory.Testing.Registry;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>The pods of a fleet: processes with stores of their own, a real registry between them, and the ConfigMap of their results in an API server.</summary>
[Trait("needs", "docker-registry")]
public sealed class FleetTests : IAsyncLifetime
{
    private const string Space = "openshift-sandboxed-containers-operator";
    private const string Results = "podvm-fleet-results";

    private static readonly string[] Entries = ["raw-one", "raw-two", "qcow2-one", "qcow2-two"];
    private static readonly string[] Shareable = ["disk", "fetch-base", "measure"];

    private readonly TestAuthority authority = new();
    private MachineRoom? room;
    private FakeApiServer? cluster;

    private MachineRoom Room => room!;

    public async ValueTask InitializeAsync()
    {
        room = await MachineRoom.OpenAsync(CancellationToken.None);
        cluster = await FakeApiServer.StartAsync(authority.Server);
        cluster.Tokens["token"] = "podvm-fleet";
        cluster.Allow("podvm-fleet", Space, "patch /configmaps", "get /configmaps");
        cluster.SetConfigMap(Space, Results);
        cluster.WriteKubeconfig(room.Folder, authority.Root, Space);
        room.Write("taker.yaml", $"name: taker\nbase: {{ kind: oci, image: '{room.Image}', asIs: true }}\n");
        room.Write("fleet.yaml", "fleet:\n" + string.Concat(Entries.Select(e =>
            $"  - {{ name: {e}, recipe: taker.yaml, architecture: x86_64, set: [name={e}, disk.format={e.Split('-')[0]}] }}\n")));
    }

    [Fact]
    public async Task Workers_that_start_together_make_each_stage_once()
    {
        Outcome[] together = await Task.WhenAll(Enumerable.Range(0, Entries.Length).Select(i => WorkAsync(i, $"pod-{i}", Room.Environment)));
        Outcome status = await Factory.RunAsync(["fleet", "status", "--list", "fleet.yaml"], Room.Folder, environment: Variables(null, Room.Environment));

        Assert.All(together, o => Assert.True(o.ExitCode == 0 && !o.Errors.Contains("IFP118", StringComparison.Ordinal), o.ToString()));
        AssertEachOnce(Enumerable.Range(0, Entries.Length).SelectMany(i => Stages(i, $"pod-{i}")));
        Assert.Equal((0, "4 images: 4 succeeded"), (status.ExitCode, status.Output.Split('\n')[^2]));
        Assert.Equal(Enumerable.Range(0, 4).Sum(i => Stages(i, $"pod-{i}").Count(s => s.Outcome == "shared")), Entries.Sum(e => (int)Result(e)["stages"]!["shared"]!));
        Assert.Equal(Result("raw-one")["digest"]!.ToString(), Result("raw-two")["digest"]!.ToString());
        Assert.NotEqual(Result("raw-one")["digest"]!.ToString(), Result("qcow2-one")["digest"]!.ToString());
    }

    [Fact]
    public async Task What_a_killed_worker_had_finished_is_made_by_nobody_again_and_what_it_had_begun_by_one()
    {
        // The claim of the second stage is its own: nobody else is there yet.
        using (Process killed = Factory.Start(Arguments("killed"), Room.Folder, Variables(0, Room.Impatient)))
            await Room.KillWhenAsync(killed, "claim-*", 2, TestContext.Current.CancellationToken);
        string finished = Assert.Single(Room.TagsLike("stage-*"));
        string begun = Assert.Single(Room.TagsLike("claim-*").Select(Key), k => k != Key(finished));
        Outcome meanwhile = await Factory.RunAsync(["fleet", "status"], Room.Folder, environment: Variables(null, Room.Environment));

        Outcome[] others = await Task.WhenAll(WorkAsync(0, "again", Room.Impatient), WorkAsync(1, "other", Room.Impatient));

        Assert.Equal((75, "1 image: 1 running"), (meanwhile.ExitCode, meanwhile.Output.Split('\n')[^2]));
        Assert.All(others, o => Assert.True(o.ExitCode == 0, o.ToString()));
        (string Name, string Key, string Outcome)[] stages = [.. Stages(0, "again"), .. Stages(1, "other")];
        Assert.All(stages.Where(s => s.Key == Key(finished)), s => Assert.Equal("shared", s.Outcome));
        Assert.Equal(["built", "shared"], stages.Where(s => s.Key == begun).Select(s => s.Outcome).Order(StringComparer.Ordinal));
        AssertEachOnce(stages.Where(s => s.Key != Key(finished)));
        Assert.All(["raw-one", "raw-two"], e => Assert.Equal("succeeded", (string?)Result(e)["state"]));
    }

    public async ValueTask DisposeAsync()
    {
        if (cluster is not null)
            await cluster.DisposeAsync();
        if (room is not null)
            await room.DisposeAsync();
        authority.Dispose();
    }

    /// <summary>Of outputs that are shared: whoever has one did not make it, or was the only one that did.</summary>
    private static void AssertEachOnce(IEnumerable<(string Name, string Key, string Outcome)> stages)
    {
        IGrouping<string, (string Name, string Key, string Outcome)>[] keys = [.. stages.Where(s => Shareable.Contains(s.Name)).GroupBy(s => s.Key)];
        Assert.NotEmpty(keys);
        Assert.All(keys, k => Assert.True(k.Count(s => s.Outcome == "built") == 1, string.Join(", ", k)));
        Assert.Contains(keys, k => k.Count() > 1);
    }

    private static string Key(string tag) => Path.GetFileName(tag)[6..];

    private IEnumerable<(string Name, string Key, string Outcome)> Stages(int index, string machine) => Room.StagesOf(machine, Path.Combine(Entries[index], Entries[index]));

    private JsonObject Result(string entry) => JsonNode.Parse(cluster!.Data(Space, Results, entry)!)!.AsObject();

    private Task<Outcome> WorkAsync(int index, string machine, Dictionary<string, string> environment) =>
        Factory.RunAsync(Arguments(machine), Room.Folder, environment: Variables(index, environment));

    private string[] Arguments(string machine) => ["fleet", "build", "--log", "plain", "--list", "fleet.yaml", "--shared-store", Room.Stages, .. Room.Places(machine)];

    private Dictionary<string, string> Variables(int? index, Dictionary<string, string> environment)
    {
        Dictionary<string, string> variables = new(environment);
        variables["KUBECONFIG"] = Path.Combine(Room.Folder, "kubeconfig");
        variables["FLEET_COMPLETIONS"] = Entries.Length.ToString(CultureInfo.InvariantCulture);
        if (index is { } number)
            variables["JOB_COMPLETION_INDEX"] = number.ToString(CultureInfo.InvariantCulture);
        return variables;
    }
}
