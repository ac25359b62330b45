using ImageFactory.Assembly.Bases.Bootc.Engine;
using ImageFactory.Assembly.Tests.Containers;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

/// <summary>The podman of this machine with storage and configuration of its own; nothing of what it does touches the machine's images.</summary>
public sealed class Podman : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("podman-tests-").FullName;

    public Podman()
    {
        // Lower than the hard limits of any machine; with runc where it is, since crun does not start in every container.
        string runtime = Tool.Find("runc") is null ? "" : "runtime = \"runc\"\n";
        Write("containers.conf", $"[containers]\ndefault_ulimits = [\"nofile=4096:4096\", \"nproc=4096:4096\"]\nnetns = \"host\"\n[engine]\n{runtime}cgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n");
        Write("storage.conf", $"[storage]\ndriver = \"overlay\"\ngraphroot = \"{folder}/graph\"\nrunroot = \"{folder}/run\"\n");
        Write("registries.conf", "");
    }

    public static string? Missing =>
        !Environment.IsPrivilegedProcess ? "these tests run podman as root"
        : Tool.Find("podman") is null ? "podman is not installed"
        : Tool.Find("busybox") is not { } busybox ? "busybox is not installed"
        : File.ReadAllBytes(busybox).AsSpan().IndexOf("/ld-linux"u8) >= 0 ? "busybox is not linked statically, so that it does not run in an empty container"
        : null;

    internal static IProgramRunner Programs => new ProgramRunner(
        ProgramEnvironment.From(new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "" }), new Silence(), TimeProvider.System);

    /// <summary>podman's program alone: the service is started for each stage.</summary>
    internal EngineSettings Settings => new()
    {
        Podman = Tool.Find("podman"),
        PodmanEnvironment = new Dictionary<string, string>
        {
            ["CONTAINERS_CONF"] = Path.Combine(folder, "containers.conf"),
            ["CONTAINERS_STORAGE_CONF"] = Path.Combine(folder, "storage.conf"),
            ["CONTAINERS_REGISTRIES_CONF"] = Path.Combine(folder, "registries.conf"),
            ["TMPDIR"] = Directory.CreateDirectory(Path.Combine(folder, "tmp")).FullName,
        },
        SocketFolder = folder,
    };

    internal async Task UseAsync(Func<IContainerEngine, Task> use)
    {
        await using CleanUpStack cleanUp = new();
        using TemporaryFolder folder = new();
        await use(await new ContainerEngines(Settings).OpenAsync(ScopeOf(folder, cleanUp), TestContext.Current.CancellationToken));
        await cleanUp.DisposeAsync();
        Assert.Empty(cleanUp.Faults);
    }

    internal static StageScope ScopeOf(TemporaryFolder folder, CleanUpStack cleanUp) => new()
    {
        Output = new DirectoryInfo(folder.Path),
        Inputs = new Dictionary<string, DirectoryInfo>(),
        Work = new DirectoryInfo(folder.Path),
        Cache = new DirectoryInfo(folder.Path),
        Programs = Programs,
        Log = new Warehouse.Log(),
        CleanUp = cleanUp,
    };

    public string Write(string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public IEnumerable<string> SocketsLeft => Directory.GetFiles(folder, "*.sock");

    public void Dispose()
    {
        // podman keeps its storage mounted upon itself.
        Tool.Run("/usr/bin/env", "umount", "--lazy", Path.Combine(folder, "graph", "overlay"));
        Directory.Delete(folder, recursive: true);
    }
}
