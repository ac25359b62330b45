using System.Globalization;
using System.Text.Json.Nodes;
using ImageFactory.Build.Hosting;
using ImageFactory.Build.Terminal;
using ImageFactory.Build.Tests.Job;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Cluster.Fleet;
using ImageFactory.Model;
using ImageFactory.Publishing.Tests.Support;
using ImageFactory.Testing.Cluster;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Build.Tests.Fleet;

/// <summary>A cluster, a cloud, and a list of recipes of finished disks: workers run in this process.</summary>
internal sealed class FleetBench : IAsyncDisposable
{
    public const string Space = Manifests.Space;

    private const string User = "podvm-fleet";

    private readonly TestAuthority authority;
    private readonly TemporaryFolder folder = new();

    private FleetBench(FakeApiServer cluster, AwsJobCloud cloud, TestAuthority authority)
    {
        Cluster = cluster;
        Cloud = cloud;
        this.authority = authority;
    }

    public FakeApiServer Cluster { get; }

    public AwsJobCloud Cloud { get; }

    public string Folder => folder.Path;

    /// <summary>Beside those of the cloud.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    public Model.Architecture Machine { get; set; } = Model.Architecture.X64;

    public string Output { get; private set; } = "";

    public string Errors { get; private set; } = "";

    /// <summary>The run that is under way, for a signal to it.</summary>
    public Shutdown? Running { get; private set; }

    public string Termination => File.ReadAllText(Path.Combine(Folder, "termination"));

    /// <summary>The list has four entries: two for a cloud, one for another machine, one whose disk is none.</summary>
    public static async Task<FleetBench> StartAsync()
    {
        TestAuthority authority = new();
        FleetBench bench = new(await FakeApiServer.StartAsync(authority.Server), await AwsJobCloud.StartAsync(), authority);
        bench.Cluster.Tokens["token"] = User;
        bench.Cluster.Allow(User, Space, "patch /configmaps", "get /configmaps");
        bench.Cluster.SetConfigMap(Space, FleetResults.Name);
        bench.Cluster.WriteKubeconfig(bench.Folder, authority.Root, Space);
        byte[] disk = new byte[3 << 20];
        new Random(1).NextBytes(disk.AsSpan(1 << 20, 1 << 20));
        File.WriteAllBytes(Path.Combine(bench.Folder, "one.raw"), disk);
        disk[1 << 20] ^= 1;
        File.WriteAllBytes(Path.Combine(bench.Folder, "two.raw"), disk);
        File.WriteAllBytes(Path.Combine(bench.Folder, "broken.qcow2"), [.. "QFI"u8, 0xfb, .. new byte[2000]]);
        bench.folder.File("podvm.yaml", """
            name: podvm
            base: { kind: qcow2, path: one.raw, asIs: true }
            disk: { format: raw }
            publish:
              - { kind: directory, path: published }
              - { kind: ami, region: eu-central-1 }
            """);
        bench.folder.File("alone.yaml", "name: alone\nbase: { kind: qcow2, path: one.raw, asIs: true }\ndisk: { format: raw }\n");
        bench.List("""
            fleet:
              - { name: to-aws, recipe: podvm.yaml, architecture: x86_64, provider: aws }
              - { name: elsewhere, recipe: alone.yaml, architecture: s390x, set: [architecture=s390x] }
              - { name: alone, recipe: alone.yaml, architecture: x86_64, set: [base.path=two.raw] }
              - { name: broken, recipe: alone.yaml, architecture: x86_64, set: [base.path=broken.qcow2] }
            """);
        return bench;
    }

    public void List(string text) => folder.File("fleet.yaml", text);

    public Task<ExitCode> BuildAsync(int index)
    {
        Variables["JOB_COMPLETION_INDEX"] = index.ToString(CultureInfo.InvariantCulture);
        return RunAsync("build", "--list", "fleet.yaml", "--store", Path.Combine(Folder, "store"), "--output", Path.Combine(Folder, "out"));
    }

    public async Task<ExitCode> RunAsync(params string[] words)
    {
        Dictionary<string, string> environment = new(Cloud.Variables)
        {
            ["KUBECONFIG"] = Path.Combine(Folder, "kubeconfig"),
            ["TERMINATION_MESSAGE_PATH"] = Path.Combine(Folder, "termination"),
            ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
            ["HOME"] = Folder,
        };
        foreach ((string name, string value) in Variables)
            environment[name] = value;
        using StringWriter output = new(CultureInfo.InvariantCulture);
        using StringWriter errors = new(CultureInfo.InvariantCulture);
        using Shutdown shutdown = new();
        Running = shutdown;
        HostEnvironment host = new() { Variables = environment, CurrentFolder = Folder, Root = Approved.Root, Processors = 2, Transport = Cloud.Transport, Machine = Machine };
        ExitCode code = await new FactoryHost(host, new HostConsole(output, errors), new FastTime(), shutdown).RunAsync(["fleet", .. words]);
        (Output, Errors, Running) = (output.ToString(), errors.ToString(), null);
        return code;
    }

    /// <summary>What the cluster was told of an entry; null: nothing.</summary>
    public JsonObject? ResultOf(string entry) => Cluster.Data(Space, FleetResults.Name, entry) is { } json ? JsonNode.Parse(json)!.AsObject() : null;

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await Cloud.DisposeAsync();
        authority.Dispose();
        folder.Dispose();
    }
}
