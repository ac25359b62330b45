using ImageFactory.Assembly.Bases.Debian.Unpacked;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Bases.Unpacked;

/// <summary>What the scripts of packages would have done, and the initrd from unpacked files.</summary>
public sealed class UnpackedTreeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void The_alternative_of_highest_priority_gets_the_link_with_its_slaves()
    {
        FileTree tree = Files("/usr/sbin/iptables-nft", "/usr/sbin/iptables-legacy", "/usr/sbin/iptables-nft-save");

        Alternatives.Make(tree,
        [
            "#!/bin/sh\nupdate-alternatives --install /usr/sbin/iptables iptables /usr/sbin/iptables-legacy 10\n",
            "if true; then\n\tupdate-alternatives \\\n\t\t--install /usr/sbin/iptables iptables /usr/sbin/iptables-nft 20 \\\n\t\t--slave /usr/sbin/iptables-save iptables-save /usr/sbin/iptables-nft-save\nfi\n",
            "update-alternatives --install \"$link\" x /usr/bin/x 1\n",
            "update-alternatives --install /usr/bin/gone gone /usr/bin/not-there 50\n",
        ]);

        Assert.Equal("/usr/sbin/iptables-nft", tree.Resolve("/usr/sbin/iptables"));
        Assert.Equal("/etc/alternatives/iptables", tree.FindSelf("/usr/sbin/iptables")!.Target);
        Assert.Equal("/usr/sbin/iptables-nft-save", tree.Resolve("/usr/sbin/iptables-save"));
        Assert.Null(tree.FindSelf("/usr/bin/gone"));
    }

    [Fact]
    public void A_module_brings_what_it_needs_and_what_it_asks_for()
    {
        FileTree tree = new();
        tree.Put("/usr/lib/modules/6.1/modules.dep", TreeEntry.Text("kernel/a/dm-crypt.ko.xz: kernel/a/dm-mod.ko.xz\nkernel/a/dm-mod.ko.xz:\nkernel/a/xts.ko.xz:\nkernel/b/other.ko.xz:\n"));
        tree.Put("/usr/lib/modules/6.1/modules.softdep", TreeEntry.Text("# comment\nsoftdep dm_crypt pre: xts absent\n"));
        tree.Put("/usr/lib/modules/6.1/modules.builtin", TreeEntry.Text("kernel/fs/ext4.ko\n"));

        Assert.Equal(
            ["/usr/lib/modules/6.1/kernel/a/dm-crypt.ko.xz", "/usr/lib/modules/6.1/kernel/a/dm-mod.ko.xz", "/usr/lib/modules/6.1/kernel/a/xts.ko.xz"],
            KernelModules.Closure(tree, "6.1", ["dm-crypt", "ext4"]));
        Assert.Equal("IFA503", Assert.Throws<FactoryException>(() => KernelModules.Closure(tree, "6.1", ["nonsense"])).Faults[0].Code);
    }

    [Fact]
    public void Dependencies_are_followed_through_alternatives_and_provided_names()
    {
        FileTree tree = new();
        tree.Put("/var/lib/dpkg/status", TreeEntry.Text(
            """
            Package: systemd
            Depends: libc6 (>= 2.38), absent | dbus-broker, mount:any
            Pre-Depends: libsystemd0 (= 257)

            Package: libc6

            Package: dbus
            Provides: dbus-broker (= 1), x

            Package: mount

            Package: libsystemd0

            Package: unrelated

            """));

        Assert.Equal(["dbus", "libc6", "libsystemd0", "mount", "systemd"], PackageClosure.Of(tree, ["systemd", "not-installed"]));
    }

    [Theory]
    [InlineData()]
    [InlineData("vmlinuz-6.1", "vmlinuz-6.2")]
    public void One_kernel_and_no_other_is_needed(params string[] kernels)
    {
        FactoryException refused = Assert.Throws<FactoryException>(() => KernelModules.VersionIn(Files([.. kernels.Select(k => "/boot/" + k)]), "linux-image-x"));

        Assert.Equal("IFA502", refused.Faults[0].Code);
    }

    [Fact]
    [Trait("needs", "cpio")]
    public async Task The_archive_is_one_that_cpio_unpacks()
    {
        string cpio = Tool.Need("cpio");
        FileTree tree = new();
        tree.Put("/usr/bin/tool", TreeEntry.Text("#!/bin/sh\n", UnixMode.Executable));
        tree.Put("/bin", TreeEntry.Link("usr/bin"));
        tree.Put("/etc/empty", TreeEntry.Text(""));
        tree.Put("/dev/null", new TreeEntry(TreeEntryType.CharacterDevice) { DeviceMajor = 1, DeviceMinor = 3 });
        string path = folder["a.cpio"];

        await using (FileStream file = File.Create(path))
            await CpioWriter.WriteAsync(tree, file, 1_750_000_000, TestContext.Current.CancellationToken);
        (int exit, string listed, string errors) = Tool.Run("/bin/sh", "-c", $"'{cpio}' -itv --quiet --numeric-uid-gid < '{path}'");

        Assert.True(exit == 0, errors);
        Assert.Equal(
            [
                "lrwxrwxrwx 1 0 0 7 Jun 15 2025 bin -> usr/bin", "drwxr-xr-x 2 0 0 0 Jun 15 2025 dev", "drwxr-xr-x 2 0 0 0 Jun 15 2025 etc", "-rw-r--r-- 1 0 0 0 Jun 15 2025 etc/empty",
                "drwxr-xr-x 2 0 0 0 Jun 15 2025 usr", "drwxr-xr-x 2 0 0 0 Jun 15 2025 usr/bin", "-rwxr-xr-x 1 0 0 10 Jun 15 2025 usr/bin/tool",
            ],
            listed.TrimEnd('\n').Split('\n').Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
    }

    public void Dispose() => folder.Dispose();

    private static FileTree Files(params string[] paths)
    {
        FileTree tree = new();
        foreach (string path in paths)
            tree.Put(path, TreeEntry.Text(path));
        return tree;
    }
}
