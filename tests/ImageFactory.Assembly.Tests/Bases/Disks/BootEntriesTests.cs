using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Tests.Bases.Disks;

public sealed class BootEntriesTests
{
    [Fact]
    public void Entries_with_their_own_options_get_the_arguments_once()
    {
        FileTree tree = new();
        tree.Put("/boot/loader/entries/a.conf", TreeEntry.Text("title RHEL\nlinux /vmlinuz-5.14\noptions root=UUID=1 ro quiet\ngrub_class x\n"));

        Assert.Empty(BootEntries.Append(tree, ["console=ttyS0", "quiet"]));

        Assert.Equal("title RHEL\nlinux /vmlinuz-5.14\noptions root=UUID=1 ro quiet console=ttyS0\ngrub_class x\n", tree.ReadText("/boot/loader/entries/a.conf"));
    }

    [Fact]
    public void Entries_that_name_a_variable_get_them_through_grub_s_environment_of_1024_bytes()
    {
        FileTree tree = new();
        string environment = "# GRUB Environment Block\nsaved_entry=a\nkernelopts=root=UUID=1 ro\n".PadRight(1024, '#');
        tree.Put("/boot/loader/entries/a.conf", TreeEntry.Text("linux /vmlinuz\noptions $kernelopts $tuned_params\n"));
        tree.Put("/boot/grub2/grubenv", TreeEntry.Text(environment));

        Assert.Empty(BootEntries.Append(tree, ["fips=1"]));

        Assert.Equal("linux /vmlinuz\noptions $kernelopts $tuned_params\n", tree.ReadText("/boot/loader/entries/a.conf"));
        Assert.Equal("# GRUB Environment Block\nsaved_entry=a\nkernelopts=root=UUID=1 ro fips=1\n".PadRight(1024, '#'), tree.ReadText("/boot/grub2/grubenv"));
    }

    [Fact]
    public void A_menu_of_grub_and_its_defaults_get_them()
    {
        FileTree tree = new();
        tree.Put("/boot/grub/grub.cfg", TreeEntry.Text("menuentry 'Debian' {\n\tlinux\t/boot/vmlinuz-6.1 root=UUID=1 ro\n\tinitrd\t/boot/initrd.img\n}\n"));
        tree.Put("/etc/default/grub", TreeEntry.Text("GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX=\"net.ifnames=0\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n"));

        Assert.Empty(BootEntries.Append(tree, ["a=b"]));

        Assert.Contains("\tlinux\t/boot/vmlinuz-6.1 root=UUID=1 ro a=b\n\tinitrd", tree.ReadText("/boot/grub/grub.cfg"), StringComparison.Ordinal);
        Assert.Equal("GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX=\"net.ifnames=0 a=b\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n", tree.ReadText("/etc/default/grub"));
    }

    [Fact]
    public void Where_nothing_boots_by_them_it_is_a_fault() =>
        Assert.Equal("IFQ120", Assert.Single(BootEntries.Append(new FileTree(), ["a"])).Code);
}
