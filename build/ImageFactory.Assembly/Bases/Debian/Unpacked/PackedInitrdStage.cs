using ImageFactory.Assembly.Tree;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Bases.Debian.Unpacked;

/// <summary>
/// Packs the initrd from files of the root file system, since dracut would have to run on the other machine: systemd, udev, what opens verity and
/// LUKS devices, and the kernel's drivers for them. It is the same for every image of these packages; what is secret about an image is appended to it later.
/// </summary>
internal sealed class PackedInitrdStage(InitrdSettings settings, string kernelPackage, long epoch) : IStage
{
    private const string Revision = "1";

    public string Name => InitrdStage.StageName;

    public IReadOnlyList<string> After => [RootFileSystemStage.StageName];

    /// <summary>Packages whose files are in the initrd, with what they depend on.</summary>
    public static readonly IReadOnlyList<string> Packages =
        ["systemd", "systemd-sysv", "systemd-cryptsetup", "udev", "kmod", "util-linux", "mount", "e2fsprogs", "dash", "coreutils", "libc-bin", "base-files"];

    public void Describe(StageKey key) =>
        key.Add("revision", Revision).Add("packages", Packages).Add("drivers", Drivers.Concat(settings.Drivers)).Add("left-out", LeftOut).Add("epoch", epoch);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        FileTree root = TarTreeReader.Read(scope.Input(RootFileSystemStage.StageName, RootFileSystemStage.TarFile), "root file system", TarReadRules.Base, cancellation).Tree;
        string version = KernelModules.VersionIn(root, kernelPackage);
        FileTree initrd = Fill(root, version);

        string archive = Path.Combine(scope.Work.FullName, "initrd.cpio");
        await using (FileStream file = new(archive, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20))
            await CpioWriter.WriteAsync(initrd, file, epoch, cancellation).ConfigureAwait(false);
        await scope.Programs.RunAsync(new ProgramCall("zstd", ["-q", "-10", "-T0", archive, "-o", scope.OutputFile(InitrdStage.InitrdFile)]), cancellation).ConfigureAwait(false);

        await using (Stream kernel = root.Find("/boot/vmlinuz-" + version)!.Content.Open())
        await using (FileStream copy = File.Create(scope.OutputFile(InitrdStage.KernelFile)))
            await kernel.CopyToAsync(copy, cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(InitrdStage.KernelVersionFile), version + "\n", cancellation).ConfigureAwait(false);
    }

    private FileTree Fill(FileTree root, string version)
    {
        FileTree initrd = new();
        foreach ((string path, string target) in ((string, string)[])[("/bin", "usr/bin"), ("/sbin", "usr/sbin"), ("/lib", "usr/lib")])
            initrd.Put(path, TreeEntry.Link(target));
        foreach (string package in PackageClosure.Of(root, Packages))
        {
            foreach (string path in DpkgDatabase.FilesOf(root, package))
            {
                if (root.FindSelf(path) is { } entry && initrd.FindSelf(path) is null)
                    initrd.Put(path, entry.IsDirectory ? TreeEntry.Directory(entry.Mode) : entry);
            }
        }

        foreach (string pattern in LeftOut)
            initrd.RemoveMatches(pattern);
        foreach (string path in KernelModules.Closure(root, version, Drivers.Concat(settings.Drivers)))
            initrd.Put(path, root.Find(path)!);
        string modules = $"/usr/lib/modules/{version}";
        foreach (string index in root.List(modules).Where(f => f.StartsWith("modules.", StringComparison.Ordinal)))
            initrd.Put($"{modules}/{index}", root.Find($"{modules}/{index}")!);
        foreach (string file in (string[])["passwd", "group"])
            initrd.Put("/etc/" + file, root.Find("/etc/" + file)!);
        foreach ((string path, TreeEntry entry) in Additions())
            initrd.Put(path, entry);
        return initrd;
    }

    private static IEnumerable<(string Path, TreeEntry Entry)> Additions()
    {
        yield return ("/init", TreeEntry.Link("usr/lib/systemd/systemd"));
        // Its presence is what makes systemd act as in an initrd.
        yield return ("/etc/initrd-release", TreeEntry.Text("ID=imagefactory-initrd\nNAME=\"Image Factory initrd\"\n"));
        yield return ("/etc/machine-id", TreeEntry.Text(""));
        yield return ("/etc/shadow", TreeEntry.Text("root:!*:20000::::::\n", UnixMode.Secret));
        yield return ("/etc/modules-load.d/imagefactory.conf", TreeEntry.Text(string.Join('\n', Loaded) + "\n"));
        yield return ("/etc/systemd/system/default.target", TreeEntry.Link("/usr/lib/systemd/system/initrd.target"));
        foreach (string folder in (string[])["/proc", "/sys", "/dev", "/run", "/tmp", "/sysroot", "/var/tmp", "/root"])
            yield return (folder, TreeEntry.Directory());
        // Nobody logs in here: what cannot go on ends, and does not wait with an opened disk.
        foreach (string unit in Masked)
            yield return ("/etc/systemd/system/" + unit, TreeEntry.Link("/dev/null"));
    }

    /// <summary>virtio disks are those of libvirt, SCSI those of an LPAR with zFCP.</summary>
    private static readonly string[] Drivers =
        ["virtio_blk", "virtio_scsi", "sd_mod", "zfcp", "dm_mod", "dm_crypt", "dm_verity", "xts", "aes_s390", "sha256_s390", "crc32c_generic", "erofs", "ext4", "overlay"];

    /// <summary>systemd asks for some by name only after it would have needed them.</summary>
    private static readonly string[] Loaded = ["virtio_blk", "dm_mod", "dm_crypt", "dm_verity", "xts", "erofs", "overlay"];

    private static readonly string[] Masked =
        ["systemd-pcrphase-initrd.service", "systemd-hwdb-update.service", "systemd-ask-password-console.path", "systemd-ask-password-wall.path", "systemd-journal-catalog-update.service", "systemd-firstboot.service", "systemd-hibernate-resume.service"];

    private static readonly string[] LeftOut =
    [
        "/boot", "/usr/share/doc", "/usr/share/man", "/usr/share/info", "/usr/share/locale", "/usr/share/lintian", "/usr/share/bug", "/usr/share/zoneinfo", "/usr/share/perl*",
        "/usr/share/bash-completion", "/usr/share/zsh", "/usr/share/i18n", "/usr/share/common-licenses", "/usr/share/debconf", "/usr/share/initramfs-tools", "/usr/share/doc-base", "/usr/share/keyrings",
        "/usr/lib/*/gconv", "/usr/lib/*/perl*", "/usr/lib/locale", "/usr/lib/udev/hwdb.d", "/usr/lib/systemd/catalog", "/usr/lib/systemd/user", "/usr/lib/systemd/user-preset", "/usr/lib/systemd/portable",
        "/usr/lib/modules", "/usr/lib/firmware", "/usr/bin/perl*", "/usr/bin/apt*", "/usr/bin/dpkg*", "/usr/share/dpkg", "/usr/share/polkit-1", "/usr/share/dbus-1", "/usr/share/ca-certificates",
        "/usr/lib/systemd/system-generators/systemd-gpt-auto-generator", "/usr/lib/systemd/system-generators/systemd-getty-generator", "/usr/lib/systemd/system-generators/systemd-system-update-generator",
        "/usr/lib/kernel", "/usr/lib/apt", "/usr/lib/dpkg", "/usr/lib/dracut", "/usr/share/systemd", "/var/lib/dpkg", "/var/cache/*", "/etc/default", "/etc/kernel", "/etc/init.d", "/etc/cron*", "/etc/apt", "/etc/pam.d",
        "/usr/bin/qemu*", "/usr/lib/*/libasan*", "/usr/share/gcc*",
    ];
}
