using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using ImageFactory.Publishing.Tests.Aws;
using ImageFactory.Testing.Cluster;
using ImageFactory.Testing.Registry;
using FakeImage = ImageFactory.Publishing.Tests.Aws.FakeImage;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>
/// The container of the Job, built here from Debian packages, run as the manifests run it: as another user than root, without capabilities, on a root
/// file system that cannot be written to, with the files that a pod has.
/// </summary>
[Trait("needs", "podman as root, mmdebstrap, package mirror, docker-registry")]
public sealed class BuilderContainerTests : IClassFixture<BuilderContainerTests.Container>, IAsyncLifetime
{
    private const string Space = "openshift-sandboxed-containers-operator";
    private const string Map = "peer-pods-cm";

    private readonly Container container;
    private readonly string folder = Directory.CreateTempSubdirectory("builder-").FullName;
    private RealRegistry? registry;

    public BuilderContainerTests(Container container)
    {
        this.container = container;
        Assert.SkipWhen(Container.Missing is not null, Container.Missing ?? "");
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        registry = await RealRegistry.StartAsync(Cancellation);
        Directory.CreateDirectory(Path.Combine(folder, "certs.d", registry.Host));
        File.Copy(Path.Combine(registry.CertificateFolder, registry.Host, "ca.crt"), Path.Combine(folder, "certs.d", registry.Host, "ca.crt"));
        Directory.CreateDirectory(Path.Combine(folder, "regauth"));
        File.Copy(registry.AuthFile, Path.Combine(folder, "regauth", "auth.json"));

        // In a cluster these belong to whoever the pod runs as.
        foreach (string file in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Append(folder))
            File.SetUnixFileMode(file, (UnixFileMode)(Directory.Exists(file) ? 0b111_101_101 : 0b110_100_100));
        File.SetUnixFileMode(Directory.CreateDirectory(Path.Combine(folder, "store")).FullName, (UnixFileMode)0b111_111_111);
    }

    [Fact]
    public async Task It_has_no_rights_and_writes_nowhere_but_in_its_work_folder()
    {
        Outcome looked = await RunAsync([], "sh", "-c", "id -u; grep CapBnd /proc/self/status; touch /x /tmp/x /opt/x 2>&1; touch /store/x && image-factory --version");

        Assert.StartsWith("1001\nCapBnd:\t0000000000000000\n", looked.Output, StringComparison.Ordinal);
        Assert.Equal(3, looked.Output.Split("Read-only file system").Length - 1);
        Assert.Contains("ImageFactory ", looked.Output, StringComparison.Ordinal);
        Assert.True(looked.ExitCode == 0, looked.ToString());
    }

    [Fact]
    public async Task Create_takes_the_image_from_the_registry_publishes_it_and_writes_its_id()
    {
        byte[] disk = await PushDiskAsync();
        await using AwsFake aws = await AwsFake.StartAsync();
        await using FakeApiServer cluster = await ClusterAsync();
        Dictionary<string, string> variables = Variables(aws, cluster);

        Outcome created = await RunAsync(variables, "/podvm-builder.sh", "create");
        Outcome again = await RunAsync(variables, "/podvm-builder.sh", "create");

        Assert.True(created.ExitCode == 0, created.ToString());
        FakeImage image = Assert.Single(aws.Images);
        Assert.Equal("podvm-image-1.0.0", image.Name);
        Assert.Equal(image.Id, cluster.Data(Space, Map, "PODVM_AMI_ID"));
        Assert.Equal(image.Id, (string?)cluster.ConfigMap(Space, Map)!["metadata"]!["annotations"]!["LATEST_AMI_ID"]);
        Assert.NotEmpty(cluster.Events);
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.Single(aws.Images);
        Assert.DoesNotContain(AwsFake.SecretKey, created.ToString() + again, StringComparison.Ordinal);
        Assert.Equal(SHA256.HashData(disk), SHA256.HashData(File.ReadAllBytes(Directory.EnumerateFiles(Path.Combine(folder, "store"), "podvm.qcow2", SearchOption.AllDirectories).First())));
    }

    [Fact]
    public async Task A_failure_leaves_no_id_and_tells_its_reason_where_Kubernetes_looks()
    {
        await using AwsFake aws = await AwsFake.StartAsync();
        await using FakeApiServer cluster = await ClusterAsync();
        string message = Path.Combine(folder, "termination-log");
        File.WriteAllText(message, "");
        File.SetUnixFileMode(message, (UnixFileMode)0b110_110_110);

        Outcome failed = await RunAsync(Variables(aws, cluster), "/podvm-builder.sh", "create");

        Assert.True(failed.ExitCode is not 0 and not 70, failed.ToString());
        Assert.Null(cluster.Data(Space, Map, "PODVM_AMI_ID"));
        Assert.Empty(aws.Images);
        Assert.StartsWith("IFO", File.ReadAllText(message), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        if (registry is not null)
            await registry.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>An image as users have them: a disk in a container image. It is made by the same container.</summary>
    private async Task<byte[]> PushDiskAsync()
    {
        byte[] raw = RandomNumberGenerator.GetBytes(8 << 20);
        (raw[510], raw[511]) = (0x55, 0xaa);
        File.WriteAllBytes(Path.Combine(folder, "store", "disk.raw"), raw);
        File.WriteAllText(
            Path.Combine(folder, "store", "maker.yaml"),
            $"name: maker\nbase: {{ kind: qcow2, path: disk.raw, asIs: true }}\npublish: [{{ kind: oci-image, image: '{registry!.Host}/org/podvm:1' }}]\n");
        Outcome pushed = await RunAsync([], "image-factory", "publish", "--recipe", "/store/maker.yaml");
        Assert.True(pushed.ExitCode == 0, pushed.ToString());
        byte[] made = File.ReadAllBytes(Path.Combine(folder, "store", "maker", "podvm.qcow2"));
        Directory.Delete(Path.Combine(folder, "store", "maker"), recursive: true);
        return made;
    }

    private Dictionary<string, string> Variables(AwsFake aws, FakeApiServer cluster) => new()
    {
        ["CLOUD_PROVIDER"] = "aws",
        ["PODVM_IMAGE_URI"] = $"oci::{registry!.Host}/org/podvm:1",
        ["UPDATE_PEERPODS_CM"] = "yes",
        ["AMI_VERSION"] = "1.0.0",
        ["AWS_REGION"] = "eu-central-1",
        ["AWS_ACCESS_KEY_ID"] = AwsFake.KeyId,
        ["AWS_SECRET_ACCESS_KEY"] = AwsFake.SecretKey,
        ["AWS_ENDPOINT_URL"] = aws.Address,
        ["KUBERNETES_SERVICE_HOST"] = "127.0.0.1",
        ["KUBERNETES_SERVICE_PORT"] = cluster.Address.Port.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>A cluster in which the builder may what the Role says, and the files of its service account.</summary>
    private async Task<FakeApiServer> ClusterAsync()
    {
        TestAuthority authority = new();
        FakeApiServer cluster = await FakeApiServer.StartAsync(authority.Server);
        cluster.Tokens["token"] = "builder";
        cluster.Allow("builder", Space, "get /configmaps", "patch /configmaps", "create /configmaps", "create /events", "create events.k8s.io/events");
        cluster.SetConfigMap(Space, Map);
        cluster.SetConfigMap(Space, "kube-root-ca.crt");
        string account = Directory.CreateDirectory(Path.Combine(folder, "account")).FullName;
        File.WriteAllText(Path.Combine(account, "token"), "token");
        File.WriteAllText(Path.Combine(account, "namespace"), Space);
        File.WriteAllText(Path.Combine(account, "ca.crt"), authority.Root.ExportCertificatePem());
        return cluster;
    }

    private Task<Outcome> RunAsync(Dictionary<string, string> variables, params string[] command)
    {
        List<string> arguments =
        [
            "run", "--rm", "--network", "host", "--read-only", "--read-only-tmpfs=false", "--user", "1001:0", "--cap-drop", "all", "--security-opt", "no-new-privileges",
            "--volume", $"{folder}/store:/store",
            "--volume", $"{folder}/regauth:/tmp/regauth:ro",
            "--volume", $"{folder}/certs.d:/etc/containers/certs.d:ro",
        ];
        if (Directory.Exists(Path.Combine(folder, "account")))
            arguments.AddRange(["--volume", $"{folder}/account:/var/run/secrets/kubernetes.io/serviceaccount:ro"]);
        if (File.Exists(Path.Combine(folder, "termination-log")))
            arguments.AddRange(["--volume", $"{folder}/termination-log:/dev/termination-log"]);
        foreach ((string name, string value) in variables)
            arguments.AddRange(["--env", $"{name}={value}"]);
        return container.PodmanAsync([.. arguments, Container.Name, .. command]);
    }

    /// <summary>The container's image, built once.</summary>
    public sealed class Container : IAsyncLifetime
    {
        public const string Name = "localhost/podvm-builder-test";

        private readonly string folder = Directory.CreateTempSubdirectory("builder-podman-").FullName;

        public static string? Missing =>
            Factory.Missing
            ?? (!Environment.IsPrivilegedProcess ? "these tests run podman as root"
                : !File.Exists("/usr/bin/podman") ? "podman is not installed"
                : RealRegistry.Missing);

        public async ValueTask InitializeAsync()
        {
            if (Missing is not null)
                return;
            Outcome built = await StartAsync(Path.Combine(Factory.Root, "build", "job", "build-container.sh"), [Name, .. Mirror()], new Dictionary<string, string> { ["GUESTS"] = "no" });
            Assert.True(built.ExitCode == 0, built.ToString());
        }

        public ValueTask DisposeAsync()
        {
            // podman keeps its storage mounted upon itself.
            using (Process unmount = Process.Start(new ProcessStartInfo("umount", ["--lazy", Path.Combine(folder, "graph", "overlay")]) { RedirectStandardError = true })!)
                unmount.WaitForExit();
            Directory.Delete(folder, recursive: true);
            return ValueTask.CompletedTask;
        }

        internal Task<Outcome> PodmanAsync(IReadOnlyList<string> arguments) => StartAsync("podman", arguments, []);

        /// <summary>The mirror that this machine itself uses, where it says one in the newer form.</summary>
        private static IEnumerable<string> Mirror() => Directory.EnumerateFiles("/etc/apt/sources.list.d", "*.sources").SelectMany(File.ReadLines)
            .Where(l => l.StartsWith("URIs:", StringComparison.Ordinal)).Select(l => l["URIs:".Length..].Trim().Split(' ')[0]).Take(1);

        private async Task<Outcome> StartAsync(string program, IReadOnlyList<string> arguments, Dictionary<string, string> variables)
        {
            ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach ((string name, string value) in Configure().Concat(variables))
                start.Environment[name] = value;
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(20));
            return new Outcome(process.ExitCode, await output, await errors);
        }

        /// <summary>Storage of its own; limits below the hard ones of any machine, and runc where it is, since crun does not start in every container.</summary>
        private Dictionary<string, string> Configure()
        {
            string configuration = Path.Combine(folder, "containers.conf");
            string storage = Path.Combine(folder, "storage.conf");
            string runtime = File.Exists("/usr/sbin/runc") || File.Exists("/usr/bin/runc") ? "runtime = \"runc\"\n" : "";
            File.WriteAllText(configuration, $"[containers]\ndefault_ulimits = [\"nofile=4096:4096\", \"nproc=4096:4096\"]\nnetns = \"host\"\n[engine]\n{runtime}cgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n");
            File.WriteAllText(storage, $"[storage]\ndriver = \"overlay\"\ngraphroot = \"{folder}/graph\"\nrunroot = \"{folder}/run\"\n");
            return new Dictionary<string, string> { ["CONTAINERS_CONF"] = configuration, ["CONTAINERS_STORAGE_CONF"] = storage, ["TMPDIR"] = folder };
        }
    }
}
