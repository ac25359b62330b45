using ImageFactory.Assembly.SystemSetup;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tests.SystemSetup;

public sealed class SystemTreeTests : IDisposable
{
    private static readonly RecipeOrigins Origins = new(new Dictionary<string, string> { [""] = "r.yaml", ["system.units.enable[0]"] = "r.yaml:7:5" });

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_belongs_to_the_build_or_to_one_machine_is_gone()
    {
        FileTree tree = new();
        string[] gone =
        [
            "/boot/vmlinuz", "/var/lib/apt/lists/x", "/var/cache/apt/pkgcache.bin", "/var/lib/dpkg/status-old", "/var/cache/debconf/config.dat-old",
            "/var/cache/ldconfig/aux-cache", "/var/log/dpkg.log", "/var/log/apt/term.log", "/etc/hostname", "/var/lib/dbus/machine-id",
            "/usr/lib/python3/x.pyc", "/etc/ssh/ssh_host_ed25519_key", "/run/x", "/tmp/x",
        ];
        foreach (string path in gone)
            tree.Put(path, TreeEntry.Text("x"));
        tree.Put("/var/lib/dpkg/status", TreeEntry.Text("x"));
        tree.Put("/etc/machine-id", TreeEntry.Text("0123456789abcdef"));
        tree.Put("/etc/hosts", TreeEntry.Text("127.0.1.1 buildhost"));
        tree.Put("/etc/resolv.conf", TreeEntry.Text("nameserver 192.0.2.1"));
        tree.Put("/etc/fstab", TreeEntry.Text("UUID=x / ext4"));

        Assert.Empty(Apply(tree, new SystemSettings()));

        Assert.All(gone, path => Assert.Null(tree.FindSelf(path)));
        Assert.NotNull(tree.Find("/var/lib/dpkg/status"));
        Assert.NotNull(tree.Find("/var/log/apt"));
        Assert.NotNull(tree.Find("/boot"));
        Assert.Equal("", tree.ReadText("/etc/machine-id"));
        Assert.Equal("", tree.ReadText("/etc/fstab"));
        Assert.DoesNotContain("buildhost", tree.ReadText("/etc/hosts")!, StringComparison.Ordinal);
        Assert.Equal("../run/systemd/resolve/stub-resolv.conf", tree.FindSelf("/etc/resolv.conf")!.Target);
        Assert.Equal("/usr/lib/systemd/system/multi-user.target", tree.FindSelf("/etc/systemd/system/default.target")!.Target);
        Assert.Equal("/dev/null", tree.FindSelf("/etc/systemd/system/systemd-pcrphase.service")!.Target);
    }

    [Fact]
    public void Root_is_locked_and_the_other_accounts_stay()
    {
        FileTree tree = new();
        tree.Put("/etc/shadow", TreeEntry.Text("root:$y$j9T$salt$hash:19000:0:99999:7:::\ndaemon:*:19000::::::\nagent:!:::::::\n") with { Mode = 416, Gid = 42 });

        Assert.Empty(Apply(tree, new SystemSettings()));

        Assert.Equal("root:!*:19000:0:99999:7:::\ndaemon:*:19000::::::\nagent:!:::::::\n", tree.ReadText("/etc/shadow"));
        Assert.Equal((416, 42u), (tree.Find("/etc/shadow")!.Mode, tree.Find("/etc/shadow")!.Gid));
    }

    [Theory]
    [InlineData("/etc/shadow", "peerpod:$6$salt$hash:::::::", "IFA350")]
    [InlineData("/etc/shadow", "peerpod:!$6$salt$hash:::::::", "IFA350")]
    [InlineData("/etc/shadow", "peerpod:aaHk5xPO9oTfA:::::::", "IFA350")]
    [InlineData("/etc/shadow", "peerpod::::::::", "IFA351")]
    [InlineData("/etc/passwd", "peerpod::1000:1000::/:/bin/sh", "IFA351")]
    [InlineData("/etc/passwd", "peerpod:aaHk5xPO9oTfA:1000:1000::/:/bin/sh", "IFA350")]
    public void An_account_that_opens_with_a_password_or_without_is_a_fault(string file, string line, string code)
    {
        FileTree tree = new();
        tree.Put(file, TreeEntry.Text(line + "\n"));

        Fault fault = Assert.Single(Apply(tree, new SystemSettings()));

        Assert.Equal(code, fault.Code);
        Assert.Contains("peerpod", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hash:", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_unit_that_is_not_there_is_told_with_its_place_and_the_nearest_name()
    {
        FileTree tree = new();
        tree.Put("/usr/lib/systemd/system/kata-agent.service", TreeEntry.Text("[Install]\nWantedBy=multi-user.target\n"));

        Fault fault = Assert.Single(Apply(tree, Units(enable: ["kata-agnt.service"])));

        Assert.Equal(("IFA301", "r.yaml:7:5", "did you mean kata-agent.service?"), (fault.Code, fault.Where, fault.Hint));
    }

    [Theory]
    [InlineData("systemd-pcrphase.service", "IFA302")]
    [InlineData("static.service", "IFA303")]
    [InlineData("template@.service", "IFA304")]
    [InlineData("no type", "IFA305")]
    [InlineData("machine.service", "IFA306")]
    [InlineData("../../../etc/x.service", "IFA305")]
    public void A_unit_that_cannot_be_enabled_is_a_fault(string name, string code)
    {
        FileTree tree = new();
        tree.Put("/usr/lib/systemd/system/systemd-pcrphase.service", TreeEntry.Text("[Install]\nWantedBy=sysinit.target\n"));
        tree.Put("/usr/lib/systemd/system/static.service", TreeEntry.Text("[Service]\n"));
        tree.Put("/usr/lib/systemd/system/template@.service", TreeEntry.Text("[Install]\nWantedBy=multi-user.target\n"));
        tree.Put("/usr/lib/systemd/system/machine.service", TreeEntry.Text("[Install]\nWantedBy=%m.target\n"));

        Assert.Equal(code, Assert.Single(Apply(tree, Units(enable: [name]))).Code);
    }

    [Fact]
    public void A_login_console_that_the_recipe_enables_is_not_masked()
    {
        FileTree tree = new();
        tree.Put("/usr/lib/systemd/system/serial-getty@.service", TreeEntry.Text("[Install]\nWantedBy=getty.target\n"));

        Assert.Empty(Apply(tree, Units(enable: ["serial-getty@ttyS0.service"])));

        Assert.NotNull(tree.FindSelf("/etc/systemd/system/getty.target.wants/serial-getty@ttyS0.service"));
        Assert.Null(tree.FindSelf("/etc/systemd/system/serial-getty@.service"));
    }

    [Fact]
    public void A_unit_cannot_be_both_enabled_and_masked()
    {
        FileTree tree = new();
        tree.Put("/usr/lib/systemd/system/a.service", TreeEntry.Text("[Install]\nWantedBy=multi-user.target\n"));

        Assert.Contains(Apply(tree, Units(enable: ["a.service"], mask: ["a.service"])), f => f.Code == "IFA307");
    }

    [Fact]
    public void Disabling_what_the_distribution_itself_starts_is_told_to_be_useless()
    {
        FileTree tree = new();
        tree.Put("/usr/lib/systemd/system/a.service", TreeEntry.Text("[Install]\nWantedBy=multi-user.target\n"));
        tree.Put("/usr/lib/systemd/system/multi-user.target.wants/a.service", TreeEntry.Link("../a.service"));

        Fault fault = Assert.Single(Apply(tree, Units(disable: ["a.service"])));

        Assert.Equal(("IFA309", Severity.Warning), (fault.Code, fault.Severity));
    }

    [Fact]
    public void Files_of_the_recipe_belong_to_root_and_win_over_the_rules()
    {
        FileTree tree = new();
        string source = folder.Write("source", "from here");
        SystemSettings settings = new()
        {
            Files =
            [
                new SystemFile { Path = "/etc/hosts", Content = "mine\n" },
                new SystemFile { Path = "/opt/tool", Source = new SourcePath("source", source), Mode = "0755" },
            ],
        };

        Assert.Empty(Apply(tree, settings));

        Assert.Equal("mine\n", tree.ReadText("/etc/hosts"));
        Assert.Equal("from here", tree.ReadText("/opt/tool"));
        Assert.Equal(UnixMode.Executable, tree.Find("/opt/tool")!.Mode);
    }

    [Fact]
    public void All_faults_of_files_are_told_at_once()
    {
        SystemSettings settings = new()
        {
            Files =
            [
                new SystemFile { Path = "etc/relative", Content = "" },
                new SystemFile { Path = "/../etc/outside", Content = "" },
                new SystemFile { Path = "/etc/both", Content = "", Source = new SourcePath("x", "/x") },
                new SystemFile { Path = "/etc/neither" },
                new SystemFile { Path = "/etc/mode", Content = "", Mode = "rwx" },
                new SystemFile { Path = "/etc/missing", Source = new SourcePath("missing", folder["missing"]) },
                new SystemFile { Path = "/etc", Content = "" },
            ],
        };

        Assert.Equal(["IFA320", "IFA320", "IFA321", "IFA321", "IFA322", "IFA323", "IFA101"], Apply(new FileTree(), settings).Select(f => f.Code));
    }

    [Theory]
    [InlineData(CloudInit.Absent, false, null)]
    [InlineData(CloudInit.Absent, true, "IFA330")]
    [InlineData(CloudInit.Restricted, true, null)]
    public void Cloud_init_is_absent_unless_it_is_restricted(CloudInit setting, bool present, string? code)
    {
        FileTree tree = new();
        if (present)
            tree.Put("/usr/bin/cloud-init", TreeEntry.Text("#!"));

        IReadOnlyList<Fault> faults = Apply(tree, new SystemSettings { CloudInit = setting });

        Assert.Equal(code, faults.SingleOrDefault()?.Code);
    }

    [Theory]
    [InlineData("ssh.service", true, "IFA340")]
    [InlineData("sshd.service", true, "IFA340")]
    [InlineData("ssh.socket", true, "IFA340")]
    [InlineData("ssh.service", false, "IFA341")]
    public void An_ssh_server_in_an_image_without_ssh_is_told(string unit, bool enabled, string code)
    {
        FileTree tree = new();
        tree.Put("/usr/sbin/sshd", TreeEntry.Text("ELF"));
        tree.Put($"/usr/lib/systemd/system/{unit}", TreeEntry.Text("[Install]\nWantedBy=multi-user.target\n"));
        if (enabled)
            new UnitLinks(tree).Enable(unit);

        Assert.Equal(code, Assert.Single(Apply(tree, new SystemSettings())).Code);
        Assert.DoesNotContain(Apply(tree, Units(mask: [unit])), f => f.Severity == Severity.Error);
    }

    [Fact]
    public void A_debug_image_lets_the_given_keys_in_and_says_so()
    {
        FileTree tree = new();
        tree.Put("/usr/sbin/sshd", TreeEntry.Text("ELF"));
        tree.Put("/usr/lib/systemd/system/ssh.service", TreeEntry.Text("[Install]\nWantedBy=multi-user.target\nAlias=sshd.service\n"));
        SourcePath keys = new("keys", folder.Write("keys", "ssh-ed25519 AAAA me\n"));

        IReadOnlyList<Fault> faults = Apply(tree, new SystemSettings { Ssh = SshAccess.Debug, AuthorizedKeys = keys });

        Assert.Equal(("IFA344", Severity.Warning), (Assert.Single(faults).Code, faults[0].Severity));
        Assert.Equal("ssh-ed25519 AAAA me\n", tree.ReadText("/root/.ssh/authorized_keys"));
        Assert.Equal(UnixMode.Secret, tree.Find("/root/.ssh/authorized_keys")!.Mode);
        Assert.NotNull(tree.FindSelf("/etc/systemd/system/multi-user.target.wants/ssh.service"));
    }

    [Theory]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\n")]
    [InlineData("\n")]
    public void A_file_without_public_keys_opens_nothing(string text)
    {
        FileTree tree = new();
        tree.Put("/usr/sbin/sshd", TreeEntry.Text("ELF"));
        tree.Put("/usr/lib/systemd/system/ssh.service", TreeEntry.Text("[Install]\nWantedBy=multi-user.target\n"));
        SourcePath keys = new("keys", folder.Write("keys", text));

        Assert.Equal("IFA343", Assert.Single(Apply(tree, new SystemSettings { Ssh = SshAccess.Debug, AuthorizedKeys = keys })).Code);
    }

    private static IReadOnlyList<Fault> Apply(FileTree tree, SystemSettings settings) => SystemTree.Apply(tree, settings, Origins);

    private static SystemSettings Units(string[]? enable = null, string[]? disable = null, string[]? mask = null) =>
        new() { Units = new UnitSettings { Enable = enable ?? [], Disable = disable ?? [], Mask = mask ?? [] } };
}
