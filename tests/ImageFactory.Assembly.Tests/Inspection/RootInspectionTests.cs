using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.Inspection;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Tests.Inspection;

public sealed class RootInspectionTests
{
    private const string Units = "/usr/lib/systemd/system";
    private const string Links = "/etc/systemd/system";

    [Fact]
    public void What_matters_in_a_root_file_system_is_found()
    {
        FileTree tree = new();
        tree.Put("/usr/lib/os-release", TreeEntry.Text("NAME=Debian\nPRETTY_NAME=\"Debian GNU/Linux 13\"\n"));
        tree.Put("/etc/os-release", TreeEntry.Link("../usr/lib/os-release"));
        tree.Put("/etc/machine-id", TreeEntry.Text(""));
        tree.Put("/etc/shadow", TreeEntry.Text("root:!*:1::::::\nadmin:$6$x$y:1::::::\n"));
        tree.Put("/root/.ssh/authorized_keys", TreeEntry.Text("ssh-ed25519 AAAA\n"));
        tree.Put("/etc/ssh/ssh_host_ed25519_key", TreeEntry.Text("key"));
        tree.Put("/etc/ssh/ssh_host_ed25519_key.pub", TreeEntry.Text("key"));
        tree.Put("/usr/sbin/sshd", TreeEntry.Text("ELF"));
        tree.Put($"{Units}/ssh.service", TreeEntry.Text("[Install]\nWantedBy=multi-user.target\n"));
        tree.Put($"{Links}/multi-user.target.wants/ssh.service", TreeEntry.Link($"{Units}/ssh.service"));
        tree.Put($"{Links}/multi-user.target.wants/systemd-pcrmachine.service", TreeEntry.Link($"{Units}/systemd-pcrmachine.service"));
        tree.Put($"{Units}/systemd-pcrlock-firmware-code.service", TreeEntry.Text("[Service]\n"));
        tree.Put($"{Units}/systemd-pcrphase.service", TreeEntry.Text("[Service]\n"));
        tree.Put($"{Units}/systemd-pcrmachine.service", TreeEntry.Text("[Service]\n"));
        tree.Put($"{Links}/systemd-pcrmachine.service", TreeEntry.Link("/dev/null"));
        tree.Put("/var/lib/dpkg/status", TreeEntry.Text("Package: a\nStatus: install ok installed\n\nPackage: b\nStatus: deinstall ok config-files\n\nPackage: c\nStatus: install ok installed\n"));
        tree.Put("/usr/local/bin/kata-agent", TreeEntry.Text("ELF"));
        tree.Put("/usr/bin/su", TreeEntry.Text("ELF", UnixMode.SetId | UnixMode.Executable));
        tree.Put("/usr/bin/cloud-init", TreeEntry.Text("#!"));

        RootReport report = RootInspection.Of(tree, "erofs", knowsModes: true);

        Assert.Equal("Debian GNU/Linux 13", report.OsRelease["PRETTY_NAME"]);
        Assert.Equal(new PackageReport("dpkg", 2), report.Packages);
        Assert.Equal(["ssh.service"], report.EnabledUnits);
        Assert.Equal(["systemd-pcrmachine.service"], report.MaskedUnits);
        Assert.Equal(["systemd-pcrphase.service"], report.MeasuringUnits);
        Assert.Equal(["admin"], report.OpenUsers);
        Assert.Equal(["/root/.ssh/authorized_keys"], report.AuthorizedKeys);
        Assert.Equal(["/etc/ssh/ssh_host_ed25519_key"], report.HostKeys);
        Assert.Equal(("ssh.service", true), (report.SshUnit, report.HasSshServer));
        Assert.Equal(["/usr/bin/su"], report.SetIdFiles);
        Assert.True(report.HasEmptyMachineId);
        Assert.True(report.HasCloudInit);
        Assert.False(report.IsCloudInitRestricted);
        Assert.Equal(["/usr/local/bin/kata-agent"], report.AgentPrograms.Where(a => a.Value).Select(a => a.Key));
        Assert.Null(report.Policy);
    }

    [Theory]
    [InlineData("coco.rego", null)]
    [InlineData("/run/peerpod/policy.rego", "C /run/peerpod/policy.rego - - - - /etc/kata-opa/coco.rego\n")]
    [InlineData("/run/peerpod/policy.rego", "# x\nd /run/peerpod\nC+ /run/peerpod/policy.rego 0644 root root - /etc/kata-opa/coco.rego\n")]
    public void The_policy_is_the_one_that_the_agent_will_read(string target, string? tmpfiles)
    {
        FileTree tree = new();
        tree.Put("/etc/kata-opa/coco.rego", TreeEntry.Text("package agent_policy\n\ndefault ExecProcessRequest := false\n"));
        tree.Put("/etc/kata-opa/allow-all.rego", TreeEntry.Text("package agent_policy\n\ndefault ExecProcessRequest := true\n"));
        tree.Put("/etc/kata-opa/default-policy.rego", TreeEntry.Link(target));
        if (tmpfiles is not null)
            tree.Put("/etc/tmpfiles.d/policy.conf", TreeEntry.Text(tmpfiles));

        RootReport report = RootInspection.Of(tree, "erofs", knowsModes: true);

        Assert.Equal("/etc/kata-opa/coco.rego", report.PolicyPath);
        Assert.Equal(PolicyVerdict.Denied, report.Policy!.Rows.Single(r => r.Call == "ExecProcessRequest").Verdict);
    }

    [Theory]
    [InlineData($"{Links}/serial-getty@ttyS0.service.d/autologin.conf", "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root %I\n", "serial-getty@ttyS0.service")]
    [InlineData($"{Links}/getty@.service.d/a.conf", "[Service]\nExecStart=-/sbin/agetty -a root %I\n", "getty@.service")]
    public void A_console_that_logs_in_by_itself_is_found_unless_it_is_masked(string path, string text, string unit)
    {
        FileTree tree = new();
        foreach (string getty in (string[])["getty@.service", "serial-getty@.service"])
            tree.Put($"{Units}/{getty}", TreeEntry.Text("[Service]\nExecStart=-/sbin/agetty -o '-p -- \\\\u' --noclear - $TERM\n"));

        tree.Put(path, TreeEntry.Text(text));
        Assert.Equal([unit], RootInspection.Of(tree, "erofs", knowsModes: true).Autologins);

        tree.Put($"{Links}/{unit}", TreeEntry.Link("/dev/null"));
        Assert.Empty(RootInspection.Of(tree, "erofs", knowsModes: true).Autologins);
    }

    [Fact]
    public void Packages_of_rpm_are_named_and_not_counted_when_their_database_cannot_be_read()
    {
        FileTree tree = new();
        tree.Put("/usr/lib/sysimage/rpm/rpmdb.sqlite", TreeEntry.Text("SQLite"));

        Assert.Equal(new PackageReport("rpm", null), RootInspection.Of(tree, "ext4", knowsModes: false).Packages);
    }
}
