using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.Comparison;
using ImageFactory.Assembly.Comparison.Contents;
using ImageFactory.Assembly.Tests.Inspection;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Tests.Comparison;

/// <summary>Whole disks, made with the tools of others, that differ in what their users care for.</summary>
[Trait("needs", "mkfs.erofs fsck.erofs mtools systemd-stub")]
public sealed class ContentComparerTests : IDisposable
{
    private const string Policy = "/etc/kata-opa/default-policy.rego";

    private readonly TemporaryFolder first = new();
    private readonly TemporaryFolder second = new();

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    [Fact]
    public async Task The_same_twice_differs_nowhere_and_everything_was_compared()
    {
        ContentChanges found = await CompareAsync(new TestDisk(first) { Change = Old }, new TestDisk(second) { Change = Old });

        Assert.Empty(found.Packages!);
        Assert.Empty(found.Files!);
        Assert.Empty(found.Units!);
        Assert.Empty(found.KernelArguments!);
        Assert.Empty(found.Boot!);
        Assert.Empty(found.Policy!.Changes);
        Assert.Empty(found.NotCompared);
    }

    [Fact]
    public async Task Whatever_differs_is_told_in_its_own_section()
    {
        ContentChanges found = await CompareAsync(
            new TestDisk(first) { Change = Old, Arguments = "quiet console=ttyS0" }, new TestDisk(second) { Change = New, Arguments = "console=ttyS0 fips=1" });

        Assert.Equal(
            [
                new PackageChange("added", "all", ChangeKind.Added, null, "1"),
                new PackageChange("bash", "amd64", ChangeKind.Changed, "5.2-1", "5.2-2"),
                new PackageChange("removed", "amd64", ChangeKind.Removed, "1", null),
            ],
            found.Packages);
        Assert.Equal(
            [new UnitChange("a.service", "not enabled", "enabled"), new UnitChange("b.service", "enabled", "masked"), new UnitChange("c.service", null, "not enabled")],
            found.Units);
        Assert.Equal(
            [("quiet", ChangeKind.Removed), ("fips=1", ChangeKind.Added)],
            found.KernelArguments!.Where(a => !a.Argument.StartsWith("roothash=", StringComparison.Ordinal)).Select(a => (a.Argument, a.Kind)));
        PolicyChange call = Assert.Single(found.Policy!.Changes);
        Assert.Equal(("ExecProcessRequest", PolicyEffect.Wider), (call.Call, call.Effect));
        Assert.Equal(["esp, /EFI/BOOT/BOOTX64.EFI, section .cmdline"], found.Boot!.Select(b => b.Place));
        Assert.Empty(found.NotCompared);
    }

    [Fact]
    public async Task Files_are_compared_down_to_owners_and_capabilities_and_named_with_their_packages()
    {
        ContentChanges found = await CompareAsync(new TestDisk(first) { Change = Old }, new TestDisk(second) { Change = New });

        Dictionary<string, string> files = found.Files!.ToDictionary(f => f.Path, f => $"{f.Kind}: {string.Join("; ", f.What)} [{f.Package}]", StringComparer.Ordinal);
        Assert.Equal("Changed: mode 0755 against 4755; owner 0:0 against 1000:70000; attribute security.capability []", files["/usr/bin/ping"]);
        Assert.Equal("Changed: its bytes differ, first at 5 [bash]", files["/usr/bin/bash"]);
        Assert.Equal("Changed: leads to bash against dash []", files["/usr/bin/sh"]);
        Assert.Equal("Changed: SymbolicLink against File []", files["/usr/bin/awk"]);
        Assert.Equal("Removed:  []", files["/usr/bin/gone"]);
        Assert.Equal("Added:  []", files["/usr/bin/new"]);
        Assert.DoesNotContain("/etc/os-release", files.Keys);
        Assert.Equal(["/var/lib/dpkg/status"], found.Files!.Where(f => f.IsPackageDatabase).Select(f => f.Path));
    }

    [Fact]
    [Trait("needs", "mke2fs debugfs")]
    public async Task Files_of_ext4_roots_are_compared_down_to_owners_and_capabilities()
    {
        byte[] old = Ext4(first);
        byte[] fresh = Ext4(
            second,
            "set_inode_field /usr/bin/ping mode 0104755",
            "set_inode_field /usr/bin/ping uid 1000",
            "set_inode_field /usr/bin/ping gid 70000",
            $"ea_set -f {second.Write("capability", Convert.FromHexString("0100000200200000000000000000000000000000"))} /usr/bin/ping security.capability");

        ContentChanges found = await CompareAsync(new TestDisk(first) { Root = old }, new TestDisk(second) { Root = fresh });

        FileChange change = Assert.Single(found.Files!);
        Assert.Equal("/usr/bin/ping: mode 0755 against 4755; owner 0:0 against 1000:70000; attribute security.capability", $"{change.Path}: {string.Join("; ", change.What)}");
        Assert.DoesNotContain(found.NotCompared, n => n.Contains("owners", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_an_encrypted_root_only_what_is_around_it_is_compared()
    {
        byte[] encrypted = [.. "LUKS"u8, 0xba, 0xbe, .. new byte[4090]];

        ContentChanges found = await CompareAsync(new TestDisk(first) { Change = Old }, new TestDisk(second) { Root = encrypted, Arguments = "quiet" });

        Assert.Null(found.Files);
        Assert.Null(found.Packages);
        Assert.Null(found.Units);
        Assert.Null(found.Policy);
        Assert.Contains(found.KernelArguments!, a => a == new ArgumentChange("quiet", ChangeKind.Added));
        Assert.Contains("encrypted", Assert.Single(found.NotCompared), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_without_packages_or_policy_is_told_to_have_none()
    {
        ContentChanges found = await CompareAsync(new TestDisk(first) { Change = Old }, new TestDisk(second));

        Assert.Null(found.Packages);
        Assert.Null(found.Policy);
        Assert.NotEmpty(found.Files!);
        Assert.Equal(2, found.NotCompared.Count);
    }

    /// <summary>A root with one program, changed by commands of debugfs.</summary>
    private static byte[] Ext4(TemporaryFolder folder, params string[] commands)
    {
        folder.Write("in/usr/bin/ping", "ELF");
        folder.SetMode("in/usr/bin/ping", UnixMode.Executable);
        string image = folder["root.ext4"];
        (int exitCode, string output, string errors) = Tool.Run(Tool.Need("mke2fs"), "-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", folder["in"], image, "8M");
        Assert.True(exitCode == 0, output + errors);
        foreach (string command in (string[])["set_inode_field /usr/bin/ping uid 0", "set_inode_field /usr/bin/ping gid 0", .. commands])
            Assert.Equal(0, Tool.Run(Tool.Need("debugfs"), "-w", "-R", command, image).ExitCode);
        return File.ReadAllBytes(image);
    }

    private static void Old(FileTree tree)
    {
        Packages(tree, ("bash", "amd64", "5.2-1"), ("removed", "amd64", "1"));
        tree.Put("/usr/bin/ping", TreeEntry.Text("ELF", UnixMode.Executable));
        tree.Put("/usr/bin/bash", TreeEntry.Text("bash 1", UnixMode.Executable));
        tree.Put("/usr/bin/sh", TreeEntry.Link("bash"));
        tree.Put("/usr/bin/awk", TreeEntry.Link("mawk"));
        tree.Put("/usr/bin/gone", TreeEntry.Text(""));
        Units(tree, ("a", null), ("b", "/etc/systemd/system/multi-user.target.wants/b.service"));
        tree.Put(Policy, TreeEntry.Text("package agent_policy\n\ndefault ExecProcessRequest := false\n"));
    }

    private static void New(FileTree tree)
    {
        Packages(tree, ("bash", "amd64", "5.2-2"), ("added", "all", "1"));
        tree.Put("/usr/bin/ping", TreeEntry.Text("ELF", UnixMode.SetId & (4 << 9) | UnixMode.Executable) with
        {
            Uid = 1000,
            Gid = 70_000,
            Xattrs = new Dictionary<string, byte[]> { ["security.capability"] = Convert.FromHexString("0100000200040000000000000000000000000000") },
        });
        tree.Put("/usr/bin/bash", TreeEntry.Text("bash 2", UnixMode.Executable));
        tree.Put("/usr/bin/sh", TreeEntry.Link("dash"));
        tree.Put("/usr/bin/awk", TreeEntry.Text("awk"));
        tree.Put("/usr/bin/new", TreeEntry.Text(""));
        Units(tree, ("a", "/etc/systemd/system/multi-user.target.wants/a.service"), ("b", null), ("c", null));
        tree.Put("/etc/systemd/system/b.service", TreeEntry.Link("/dev/null"));
        tree.Put(Policy, TreeEntry.Text("package agent_policy\n\ndefault ExecProcessRequest := true\n"));
    }

    private static void Packages(FileTree tree, params (string Name, string Architecture, string Version)[] packages)
    {
        tree.Put("/var/lib/dpkg/status", TreeEntry.Text(string.Join('\n', packages.Select(p => $"Package: {p.Name}\nStatus: install ok installed\nArchitecture: {p.Architecture}\nVersion: {p.Version}\n"))));
        tree.Put("/var/lib/dpkg/info/bash.list", TreeEntry.Text("/.\n/usr\n/usr/bin\n/usr/bin/bash\n"));
    }

    private static void Units(FileTree tree, params (string Name, string? Link)[] units)
    {
        foreach ((string name, string? link) in units)
        {
            tree.Put($"/usr/lib/systemd/system/{name}.service", TreeEntry.Text("[Service]\nExecStart=/bin/true\n"));
            if (link is not null)
                tree.Put(link, TreeEntry.Link($"/usr/lib/systemd/system/{name}.service"));
        }
    }

    private async Task<ContentChanges> CompareAsync(TestDisk one, TestDisk other)
    {
        ContentComparer comparer = new(new ToolRunner(), ToolRunner.CallOf);
        return await comparer.CompareAsync((await one.MakeAsync(), "old"), (await other.MakeAsync(), "new"), Directory.CreateDirectory(first["work"]), TestContext.Current.CancellationToken);
    }
}
