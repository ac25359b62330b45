using ImageFactory.Assembly.Disk;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Disk;

public sealed class Ext4LossesTests
{
    [Theory]
    [InlineData("security.capability", null)]
    [InlineData("system.posix_acl_default", Severity.Warning)]
    [InlineData("user.note", Severity.Warning)]
    [InlineData("security.selinux", Severity.Error)]
    public void What_an_ext4_root_loses_is_told(string name, Severity? expected)
    {
        FileTree tree = new();
        tree.Put("/usr/bin/ping", TreeEntry.Text("ELF") with { Xattrs = new Dictionary<string, byte[]> { [name] = [1] } });

        Fault? lost = Ext4Losses.Of(tree);

        Assert.Equal(expected, lost?.Severity);
        Assert.Equal(expected is null ? null : $"/usr/bin/ping  {name}", lost?.Detail);
    }
}
