using System.Globalization;
using System.Text.Json.Nodes;
using ImageFactory.Build.Tests.Job;
using ImageFactory.Cluster.Fleet;
using ImageFactory.Model;
using ImageFactory.Publishing.Tests.Aws;
using ImageFactory.Testing.Cluster;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Build.Tests.Fleet;

/// <summary>A cluster, a cloud, and a list of recipes of finished disks: workers run in this process.</summary>
internal sealed class FleetBench : ClusterBench
{
    public const string Space = Manifests.Space;

    private FleetBench(FakeApiServer cluster, IJobCloud cloud, TestAuthority authority)
        : base(cluster, cloud, authority)
    {
    }

    public AwsFake Aws => ((AwsJobCloud)Cloud).Aws;

    /// <summary>The list has four entries: two for a cloud, one for another machine, one whose disk is none.</summary>
    public static async Task<FleetBench> StartAsync()
    {
        TestAuthority authority = new();
        FleetBench bench = new(await FakeApiServer.StartAsync(authority.Server), await AwsJobCloud.StartAsync(), authority);
        bench.Admit("podvm-fleet", "patch /configmaps", "get /configmaps");
        bench.Cluster.SetConfigMap(Space, FleetResults.Name);
        byte[] disk = new byte[3 << 20];
        new Random(1).NextBytes(disk.AsSpan(1 << 20, 1 << 20));
        File.WriteAllBytes(Path.Combine(bench.Folder, "one.raw"), disk);
        disk[1 << 20] ^= 1;
        File.WriteAllBytes(Path.Combine(bench.Folder, "two.raw"), disk);
        File.WriteAllBytes(Path.Combine(bench.Folder, "broken.qcow2"), [.. "QFI"u8, 0xfb, .. new byte[2000]]);
        bench.Place.File("podvm.yaml", """
            name: podvm
            base: { kind: qcow2, path: one.raw, asIs: true }
            disk: { format: raw }
            publish:
              - { kind: directory, path: published }
              - { kind: ami, region: eu-central-1 }
            """);
        bench.Place.File("alone.yaml", "name: alone\nbase: { kind: qcow2, path: one.raw, asIs: true }\ndisk: { format: raw }\n");
        bench.List("""
            fleet:
              - { name: to-aws, recipe: podvm.yaml, architecture: x86_64, provider: aws }
              - { name: elsewhere, recipe: alone.yaml, architecture: s390x, set: [architecture=s390x] }
              - { name: alone, recipe: alone.yaml, architecture: x86_64, set: [base.path=two.raw] }
              - { name: broken, recipe: alone.yaml, architecture: x86_64, set: [base.path=broken.qcow2] }
            """);
        return bench;
    }

    public void List(string text) => Place.File("fleet.yaml", text);

    public Task<ExitCode> BuildAsync(int index)
    {
        Variables["JOB_COMPLETION_INDEX"] = index.ToString(CultureInfo.InvariantCulture);
        return RunAsync("build", "--list", "fleet.yaml", "--store", Path.Combine(Folder, "store"), "--output", Path.Combine(Folder, "out"));
    }

    public Task<ExitCode> RunAsync(params string[] words) => RunHostAsync(["fleet", .. words]);

    /// <summary>What the cluster was told of an entry; null: nothing.</summary>
    public JsonObject? ResultOf(string entry) => Cluster.Data(Space, FleetResults.Name, entry) is { } json ? JsonNode.Parse(json)!.AsObject() : null;
}
