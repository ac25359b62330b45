using System.Globalization;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Bases.Debian;

/// <summary>
/// Makes the initrd with the root file system's own dracut: verity, overlay and the disk controllers of the clouds, nothing of the build host.
/// Payload and agent policy are not inputs, so changing them leaves it alone.
/// </summary>
/// <param name="root">The root file system whose dracut and kernel it is.</param>
/// <param name="version">A file that says which kernel, where there may be several.</param>
internal sealed class InitrdStage(InitrdSettings settings, long epoch, bool asRoot, StageFile root, StageFile? version = null) : IStage
{
    private const string Revision = "2";

    public const string StageName = "initrd";
    public const string InitrdFile = "initrd.img";
    public const string KernelFile = "vmlinuz";
    public const string KernelVersionFile = "kernel-version";

    public string Name => StageName;

    public IReadOnlyList<string> After => version is null ? [root.Stage] : [.. new[] { root.Stage, version.Stage }.Distinct()];

    public void Describe(StageKey key) =>
        key.Add("revision", Revision).Add("script", Script).Add("epoch", epoch).Add("options", Options(settings));

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        string script = Path.Combine(scope.Work.FullName, "make-initrd.sh");
        string folder = Path.Combine(scope.Work.FullName, "root");
        string kernel = version is null ? "" : (await File.ReadAllTextAsync(version.In(scope), cancellation).ConfigureAwait(false)).Trim();
        await File.WriteAllTextAsync(script, Script, cancellation).ConfigureAwait(false);

        // Without root the files belong to other users of the name space, and only from inside it can they be removed.
        if (!asRoot)
        {
            scope.CleanUp.Register($"remove {folder}", async token =>
            {
                if (Directory.Exists(folder))
                    await scope.Programs.RunAsync(new ProgramCall("unshare", [.. NameSpace(asRoot), "rm", "-rf", "--one-file-system", folder]), token).ConfigureAwait(false);
            });
        }

        await scope.Programs.RunAsync(
            new ProgramCall("unshare", [
                .. NameSpace(asRoot), "sh", script, folder, root.In(scope), scope.Output.FullName, "--", .. Options(settings),
            ])
            {
                Environment = new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = epoch.ToString(CultureInfo.InvariantCulture), ["KERNEL_VERSION"] = kernel },
            },
            cancellation).ConfigureAwait(false);
    }

    /// <remarks>
    /// Only root can make device nodes, and dracut puts five into the initrd where it can. They are not needed (systemd mounts /dev first), so
    /// root does without them too: the initrd is then the same whoever makes it.
    /// </remarks>
    private static IEnumerable<string> NameSpace(bool asRoot) =>
        asRoot ? ["--mount", "--propagation", "private", "setpriv", "--bounding-set=-mknod", "--inh-caps=-mknod"] : ["--user", "--map-root-user", "--map-auto", "--mount", "--propagation", "private"];

    /// <summary>Of dracut.</summary>
    internal static List<string> Options(InitrdSettings settings) =>
    [
        "--no-hostonly",
        "--no-hostonly-cmdline",
        "--reproducible",
        "--no-early-microcode",
        // The default compressor takes half a minute for five megabytes less.
        "--compress", "zstd -3 -T0 -q",
        "--modules", string.Join(' ', Modules.Concat(settings.Modules)),
        "--drivers", string.Join(' ', AllDrivers(settings)),
    ];

    internal static IEnumerable<string> AllDrivers(InitrdSettings settings) => Drivers.Concat(settings.Drivers);

    /// <summary>What a verity root with an overlay needs, and nothing that would look at the build host.</summary>
    private static readonly string[] Modules =
    [
        "systemd", "systemd-initrd", "systemd-veritysetup", "systemd-udevd", "systemd-modules-load", "systemd-sysctl", "systemd-tmpfiles", "systemd-journald",
        "dm", "rootfs-block", "udev-rules", "dracut-systemd", "base", "shutdown", "fs-lib",
    ];

    /// <summary>A disk controller that is not named does not boot: libvirt has virtio, Azure Hyper-V and NVMe, AWS NVMe, GCP virtio-scsi and NVMe.</summary>
    private static readonly string[] Drivers =
    [
        "erofs", "ext4", "overlay", "dm-mod", "dm-verity", "virtio_blk", "virtio_pci", "virtio_scsi", "nvme", "nvme-core", "sd_mod", "hv_vmbus", "hv_storvsc", "hv_utils", "dm-crypt",
    ];

    private static readonly string Script = EmbeddedText.Read("Bases.Debian.make-initrd.sh");
}
