using System.Globalization;
using System.Text.Json.Nodes;
using ImageFactory.Build.Hosting;
using ImageFactory.Build.Terminal;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;
using ImageFactory.Publishing.Tests.Support;
using ImageFactory.Testing.Cluster;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Build.Tests.Job;

/// <summary>A Job in its pod: a cluster, a cloud, a finished disk to publish, and what the run leaves.</summary>
internal sealed class JobBench : IAsyncDisposable
{
    public const string Space = "openshift-sandboxed-containers-operator";
    public const string PeerPods = "peer-pods-cm";

    private const string User = "builder";

    private readonly TestAuthority authority;
    private readonly TemporaryFolder folder = new();

    private JobBench(IJobCloud cloud, FakeApiServer cluster, TestAuthority authority)
    {
        Cloud = cloud;
        Cluster = cluster;
        this.authority = authority;
    }

    public IJobCloud Cloud { get; }

    public FakeApiServer Cluster { get; }

    /// <summary>Beside those of the cloud.</summary>
    public Dictionary<string, string> Variables { get; } = new() { ["UPDATE_PEERPODS_CM"] = "yes" };

    /// <summary>One with a finished disk beside it, until a test takes another.</summary>
    public string Recipe { get; set; } = "job.yaml";

    public string Output { get; private set; } = "";

    public string Errors { get; private set; } = "";

    /// <summary>As <c>kubectl describe pod</c> shows it.</summary>
    public string Termination => File.ReadAllText(Path.Combine(folder.Path, "termination"));

    /// <summary>The run that is under way, for a signal to it.</summary>
    public Shutdown? Running { get; private set; }

    public static async Task<JobBench> StartAsync(string provider)
    {
        IJobCloud cloud = provider switch
        {
            "aws" => await AwsJobCloud.StartAsync(),
            "azure" => await AzureJobCloud.StartAsync(),
            "gcp" => await GcpJobCloud.StartAsync(),
            _ => await LibvirtJobCloud.StartAsync(),
        };
        TestAuthority authority = new();
        JobBench bench = new(cloud, await FakeApiServer.StartAsync(authority.Server), authority);
        bench.Cluster.Tokens["token"] = User;
        bench.Cluster.Allow(User, Space, "get /configmaps", "patch /configmaps", "create /configmaps", "create events.k8s.io/events", "create /events");
        bench.Cluster.SetConfigMap(Space, PeerPods, new Dictionary<string, string> { [cloud.ImageKey] = "", ["PROXY_TIMEOUT"] = "15m" });
        bench.Cluster.SetConfigMap(Space, "kube-root-ca.crt", new Dictionary<string, string> { ["ca.crt"] = "x" });
        bench.Cluster.WriteKubeconfig(bench.folder.Path, authority.Root, Space);
        bench.folder.File("job.yaml", "name: podvm-image\nbase: { kind: qcow2, path: one.raw, asIs: true }\ndisk: { format: raw }\n");
        bench.Disk("one.raw", 1);
        return bench;
    }

    /// <summary>Another disk: what a changed PODVM_IMAGE_URI would give.</summary>
    public void Disk(string name, int seed)
    {
        byte[] content = new byte[3 << 20];
        new Random(seed).NextBytes(content.AsSpan(1 << 20, 1 << 20));
        File.WriteAllBytes(Path.Combine(folder.Path, name), content);
    }

    /// <summary>A registry whose authority the Job's settings of containers know.</summary>
    public async Task<FakeRegistry> RegistryAsync()
    {
        FakeRegistry registry = await FakeRegistry.StartAsync(authority.Server);
        folder.File($"config/containers/certs.d/{registry.Host}/ca.crt", authority.Root.ExportCertificatePem());
        Variables["XDG_CONFIG_HOME"] = Path.Combine(folder.Path, "config");
        return registry;
    }

    /// <summary>A layer as <c>FROM scratch</c> with one COPY makes it.</summary>
    public byte[] LayerOf(string disk)
    {
        using MemoryStream layer = new();
        using (System.IO.Compression.GZipStream gzip = new(layer, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        using (System.Formats.Tar.TarWriter tar = new(gzip))
            tar.WriteEntry(Path.Combine(folder.Path, disk), "image/podvm.qcow2");
        return layer.ToArray();
    }

    /// <summary>A disk that says by its UKI what it measures.</summary>
    public async Task MeasurableDiskAsync(string name, string commandLine = "quiet")
    {
        using ImageFactory.Measurement.Tests.Support.ScratchFolder scratch = new();
        File.Copy(await new ImageFactory.Measurement.Tests.Support.TestDisk { CommandLine = commandLine }.WriteAsync(scratch), Path.Combine(folder.Path, name));
    }

    public async Task<ExitCode> RunAsync(params string[] words)
    {
        Dictionary<string, string> environment = new(Cloud.Variables)
        {
            ["KUBECONFIG"] = Path.Combine(folder.Path, "kubeconfig"),
            ["TERMINATION_MESSAGE_PATH"] = Path.Combine(folder.Path, "termination"),
            ["JOB_NAME"] = "osc-podvm-image-creation",
            ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
            ["HOME"] = folder.Path,
        };
        foreach ((string name, string value) in Variables)
            environment[name] = value;
        using StringWriter output = new(CultureInfo.InvariantCulture);
        using StringWriter errors = new(CultureInfo.InvariantCulture);
        using Shutdown shutdown = new();
        Running = shutdown;
        HostEnvironment host = new() { Variables = environment, CurrentFolder = folder.Path, Root = Approved.Root, Processors = 2, Transport = Cloud.Transport };
        ExitCode code = await new FactoryHost(host, new HostConsole(output, errors), new FastTime(), shutdown).RunAsync(
            ["job", .. words, "--recipe", Recipe, "--store", Path.Combine(folder.Path, "store"), .. words[0] == "create" ? new[] { "--output", Path.Combine(folder.Path, "out") } : []]);
        (Output, Errors, Running) = (output.ToString(), errors.ToString(), null);
        return code;
    }

    /// <summary>Creates, and expects that to succeed.</summary>
    /// <returns>The id that the cluster was told.</returns>
    public async Task<string> CreatedAsync(params string[] more)
    {
        ExitCode code = await RunAsync(["create", .. more]);
        Assert.True(code == ExitCode.Ok, Everything);
        return Data(Cloud.ImageKey)!;
    }

    /// <summary>What to show when an expectation fails.</summary>
    public string Everything => $"{Output}\n{Errors}\n{string.Join('\n', Cloud.Everything)}";

    public string? Data(string key) => Cluster.Data(Space, PeerPods, key);

    public string? AnnotationOf(string key) => (string?)Cluster.ConfigMap(Space, PeerPods)?["metadata"]?["annotations"]?[key];

    public string? Latest => Cloud.Annotation is { } annotation ? AnnotationOf(annotation) : Data(Cloud.ImageKey);

    /// <summary>Reasons of events, in order.</summary>
    public IReadOnlyList<string> Reasons => [.. Cluster.Events.Select(e => (string)e.Event["reason"]!)];

    public JsonObject LastEvent => Cluster.Events.Last().Event;

    public IReadOnlyList<string> PatchesSince(int count) => [.. Cluster.Requests.Skip(count).Where(r => r.StartsWith("PATCH", StringComparison.Ordinal))];

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await Cloud.DisposeAsync();
        authority.Dispose();
        folder.Dispose();
    }
}
