using ImageFactory.Assembly.Bases.Debian.Unpacked;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Bases.Unpacked;

public sealed class SystemUsersTests
{
    private readonly FileTree tree = new();

    public SystemUsersTests()
    {
        tree.Put("/usr/share/base-passwd/passwd.master", TreeEntry.Text("root:*:0:0:root:/root:/bin/bash\ndaemon:*:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"));
        tree.Put("/usr/share/base-passwd/group.master", TreeEntry.Text("root:*:0:\ndaemon:*:1:\nshadow:*:42:\n"));
    }

    /// <summary>sysusers.d(5): ids from 999 down where none is asked for, the group of a user's own name, members added.</summary>
    [Fact]
    public void Accounts_are_those_of_base_passwd_and_then_those_that_packages_ask_for()
    {
        tree.Put("/usr/lib/sysusers.d/b.conf", TreeEntry.Text("# comment\nu systemd-network 998 \"systemd Network Management\" - -\nm systemd-network video\nr - 500-900\n"));
        tree.Put("/usr/lib/sysusers.d/a.conf", TreeEntry.Text("g video -\nu! messagebus - \"System Message Bus\" /nonexistent /usr/sbin/nologin\nu root 0 - /root\n"));

        SystemUsers.Make(tree);

        Assert.Equal(
            """
            root:x:0:0:root:/root:/bin/bash
            daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
            messagebus:x:998:998:System Message Bus:/nonexistent:/usr/sbin/nologin
            systemd-network:x:997:997:systemd Network Management:/:/usr/sbin/nologin

            """,
            tree.ReadText("/etc/passwd"));
        Assert.Equal("root:x:0:\ndaemon:x:1:\nshadow:x:42:\nvideo:x:999:systemd-network\nmessagebus:x:998:\nsystemd-network:x:997:\n", tree.ReadText("/etc/group"));
    }

    [Fact]
    public void Nobody_has_a_password_and_only_the_group_shadow_may_know_it()
    {
        SystemUsers.Make(tree);

        Assert.Equal("root:!*:20000::::::\ndaemon:!*:20000::::::\n", tree.ReadText("/etc/shadow"));
        Assert.Equal((42u, UnixMode.Secret), (tree.Find("/etc/shadow")!.Gid, tree.Find("/etc/shadow")!.Mode));
    }

    [Theory]
    [InlineData("u name many")]
    [InlineData("x name")]
    [InlineData("u")]
    [InlineData("u name 70000")]
    public void A_line_that_cannot_be_followed_is_a_fault_with_its_file(string line)
    {
        tree.Put("/usr/lib/sysusers.d/bad.conf", TreeEntry.Text(line + "\n"));

        Fault fault = Assert.Single(Assert.Throws<FactoryException>(() => SystemUsers.Make(tree)).Faults);

        Assert.Equal(("IFA505", "/usr/lib/sysusers.d/bad.conf"), (fault.Code, fault.Where));
    }
}
