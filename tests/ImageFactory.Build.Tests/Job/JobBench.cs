using System.Text.Json.Nodes;
using ImageFactory.Model;
using ImageFactory.Testing.Cluster;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Build.Tests.Job;

/// <summary>A Job in its pod: a cluster, a cloud, a finished disk to publish, and what the run leaves.</summary>
internal sealed class JobBench : ClusterBench
{
    public const string Space = Manifests.Space;
    public const string PeerPods = "peer-pods-cm";

    private JobBench(IJobCloud cloud, FakeApiServer cluster, TestAuthority authority)
        : base(cluster, cloud, authority)
    {
        Variables["UPDATE_PEERPODS_CM"] = "yes";
        Variables["JOB_NAME"] = "osc-podvm-image-creation";
    }

    /// <summary>One with a finished disk beside it, until a test takes another.</summary>
    public string Recipe { get; set; } = "job.yaml";

    public static async Task<JobBench> StartAsync(string provider)
    {
        TestAuthority authority = new();
        IJobCloud cloud = provider switch
        {
            "aws" => await AwsJobCloud.StartAsync(),
            "azure" => await AzureJobCloud.StartAsync(),
            "gcp" => await GcpJobCloud.StartAsync(),
            "oci" => await RegistryJobCloud.StartAsync(authority),
            _ => await LibvirtJobCloud.StartAsync(),
        };
        JobBench bench = new(cloud, await FakeApiServer.StartAsync(authority.Server), authority);
        bench.Admit("builder", "get /configmaps", "patch /configmaps", "create /configmaps", "create events.k8s.io/events", "create /events");
        bench.Cluster.SetConfigMap(Space, PeerPods, new Dictionary<string, string> { [cloud.ImageKey] = "", ["PROXY_TIMEOUT"] = "15m" });
        bench.Cluster.SetConfigMap(Space, "kube-root-ca.crt", new Dictionary<string, string> { ["ca.crt"] = "x" });
        bench.Place.File("job.yaml", "name: podvm-image\nbase: { kind: qcow2, path: one.raw, asIs: true }\ndisk: { format: raw }\n");
        if (cloud is RegistryJobCloud registry)
            bench.Place.File("job.yaml", $"name: podvm-image\nbase: {{ kind: qcow2, path: one.raw, asIs: true }}\ndisk: {{ format: raw }}\npublish: [{{ kind: oci-image, image: '{registry.Image}' }}]\n");
        bench.Disk("one.raw", 1);
        return bench;
    }

    /// <summary>Another disk: what a changed PODVM_IMAGE_URI would give.</summary>
    public void Disk(string name, int seed)
    {
        byte[] content = new byte[3 << 20];
        new Random(seed).NextBytes(content.AsSpan(1 << 20, 1 << 20));
        File.WriteAllBytes(Path.Combine(Folder, name), content);
    }

    /// <summary>A registry whose authority the Job's settings of containers know.</summary>
    public async Task<FakeRegistry> RegistryAsync()
    {
        FakeRegistry registry = await FakeRegistry.StartAsync(Authority.Server);
        Place.File($"config/containers/certs.d/{registry.Host}/ca.crt", Authority.Root.ExportCertificatePem());
        Variables["XDG_CONFIG_HOME"] = Path.Combine(Folder, "config");
        return registry;
    }

    /// <summary>A layer as <c>FROM scratch</c> with one COPY makes it.</summary>
    public byte[] LayerOf(string disk)
    {
        using MemoryStream layer = new();
        using (System.IO.Compression.GZipStream gzip = new(layer, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        using (System.Formats.Tar.TarWriter tar = new(gzip))
            tar.WriteEntry(Path.Combine(Folder, disk), "image/podvm.qcow2");
        return layer.ToArray();
    }

    /// <summary>A disk that says by its UKI what it measures.</summary>
    public async Task MeasurableDiskAsync(string name, string commandLine = "quiet")
    {
        using ImageFactory.Measurement.Tests.Support.ScratchFolder scratch = new();
        File.Copy(await new ImageFactory.Measurement.Tests.Support.TestDisk { CommandLine = commandLine }.WriteAsync(scratch), Path.Combine(Folder, name));
    }

    public Task<ExitCode> RunAsync(params string[] words) => RunHostAsync(
        ["job", .. words, "--recipe", Recipe, "--store", Path.Combine(Folder, "store"), .. words[0] == "create" ? new[] { "--output", Path.Combine(Folder, "out") } : []]);

    /// <summary>Makes the image and publishes it: as a Job where the provider is one of the Job's, else from the recipe.</summary>
    public Task<ExitCode> MakeAsync(params string[] more) => Cloud is RegistryJobCloud
        ? RunHostAsync(["publish", .. more, "--recipe", Recipe, "--store", Path.Combine(Folder, "store"), "--output", Path.Combine(Folder, "out")])
        : RunAsync(["create", .. more]);

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
}
