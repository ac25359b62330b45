using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Tests.Bases.Disks;

public sealed class GuestKernelTests
{
    [Theory]
    [InlineData("6.1.0-9-amd64", "6.1.0-10-amd64")]
    [InlineData("5.14.0-427.el9", "5.14.0-427.13.1.el9")]
    [InlineData("5.14.0", "6.1")]
    public void Versions_are_ordered_by_their_numbers(string older, string newer)
    {
        FileTree tree = new();
        foreach (string version in (string[])[newer, older])
            tree.Put($"/usr/lib/modules/{version}/vmlinuz", TreeEntry.Text(version));

        Assert.Equal(newer, GuestKernel.Newest(tree)?.Version);
    }

    [Fact]
    public void A_rescue_kernel_without_modules_is_none()
    {
        FileTree tree = new();
        tree.Put("/boot/vmlinuz-0-rescue-ffff", TreeEntry.Text("x"));
        tree.Put("/boot/vmlinuz-6.1.0-1", TreeEntry.Text("x"));
        tree.Put("/lib", TreeEntry.Link("usr/lib"));
        tree.Put("/usr/lib/modules/6.1.0-1/modules.dep", TreeEntry.Text(""));
        tree.Put("/usr/lib/modules/7.0/modules.dep", TreeEntry.Text(""));

        Assert.Equal(new GuestKernel("6.1.0-1", "/boot/vmlinuz-6.1.0-1"), GuestKernel.Newest(tree));
    }
}
