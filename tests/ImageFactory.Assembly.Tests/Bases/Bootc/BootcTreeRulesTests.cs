using System.Text;
using ImageFactory.Assembly.Bases.Bootc;
using ImageFactory.Assembly.Tests.Containers;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

public sealed class BootcTreeRulesTests
{
    private readonly Warehouse.Log said = new();

    [Fact]
    public async Task What_updates_in_place_would_need_goes_and_its_units_are_masked()
    {
        FileTree tree = new();
        tree.Put("/sysroot/ostree/repo/config", TreeEntry.Text(""));
        tree.Put("/ostree", TreeEntry.Link("sysroot/ostree"));
        tree.Put("/usr/lib/systemd/system/bootc-fetch-apply-updates.timer", TreeEntry.Text("[Timer]\n"));

        await ApplyAsync(tree);

        Assert.Null(tree.FindSelf("/ostree"));
        Assert.Null(tree.Find("/sysroot/ostree"));
        Assert.Equal("/dev/null", tree.FindSelf("/etc/systemd/system/bootc-fetch-apply-updates.timer")!.Target);
        Assert.Null(tree.FindSelf("/etc/systemd/system/rpm-ostreed-automatic.timer"));
    }

    [Fact]
    public async Task Links_into_var_get_the_folders_that_a_deployment_would_make()
    {
        FileTree tree = new();
        tree.Put("/root", TreeEntry.Link("var/roothome"));
        tree.Put("/home", TreeEntry.Link("/var/home"));
        tree.Put("/usr/local", TreeEntry.Link("../var/usrlocal"));
        tree.Put("/opt", TreeEntry.Link("var/opt"));
        tree.Put("/var/opt/here", TreeEntry.Text("x"));

        await ApplyAsync(tree);

        Assert.Equal(448, tree.Find("/var/roothome")!.Mode);
        Assert.Equal("/var/home", tree.Resolve("/home"));
        Assert.Equal("/var/usrlocal", tree.Resolve("/usr/local"));
        Assert.NotNull(tree.Find("/opt/here"));
    }

    [Fact]
    public async Task Labels_of_containers_go_and_those_of_the_system_stay()
    {
        FileTree tree = new();
        tree.Put("/a", Labelled("system_u:object_r:container_file_t:s0:c1,c2\0"));
        tree.Put("/b", Labelled("system_u:object_r:bin_t:s0\0"));

        await ApplyAsync(tree);

        Assert.Empty(tree.Find("/a")!.Xattrs);
        Assert.Single(tree.Find("/b")!.Xattrs);
    }

    [Fact]
    public async Task Only_the_newest_kernel_s_modules_stay()
    {
        FileTree tree = new();
        foreach (string version in (string[])["5.14.0-9.el9", "5.14.0-10.el9"])
        {
            tree.Put($"/usr/lib/modules/{version}/vmlinuz", TreeEntry.Text("k"));
            tree.Put($"/usr/lib/modules/{version}/initramfs.img", TreeEntry.Text("i"));
            tree.Put($"/usr/lib/modules/{version}/modules.dep", TreeEntry.Text(""));
        }

        await ApplyAsync(tree);

        Assert.Equal(["5.14.0-10.el9"], tree.List("/usr/lib/modules"));
        Assert.Equal(["modules.dep"], tree.List("/usr/lib/modules/5.14.0-10.el9"));
    }

    [Fact]
    public async Task Kernel_arguments_of_the_image_that_are_not_in_the_recipe_are_told()
    {
        FileTree tree = new();
        tree.Put("/usr/lib/bootc/kargs.d/10-x.toml", TreeEntry.Text("# kargs = [\"no\"]\nkargs = [\"quiet\", 'mitigations=auto']\nmatch-architectures = [\"x86_64\"]\n"));

        await ApplyAsync(tree, "quiet");

        Assert.Equal(("IFC314", "/usr/lib/bootc/kargs.d/10-x.toml"), (said.Warnings.Single().Code, said.Warnings.Single().Where));
        Assert.EndsWith(": mitigations=auto", said.Warnings.Single().Message, StringComparison.Ordinal);
    }

    private static TreeEntry Labelled(string label) => TreeEntry.Text("x") with { Xattrs = new Dictionary<string, byte[]> { ["security.selinux"] = Encoding.UTF8.GetBytes(label) } };

    private async Task ApplyAsync(FileTree tree, params string[] arguments)
    {
        using TemporaryFolder folder = new();
        await new BootcTreeRules(arguments).ApplyAsync(
            tree,
            new StageScope
            {
                Output = new DirectoryInfo(folder.Path),
                Inputs = new Dictionary<string, DirectoryInfo>(),
                Work = new DirectoryInfo(folder.Path),
                Cache = new DirectoryInfo(folder.Path),
                Programs = new Inspection.ToolRunner(),
                Log = said,
                CleanUp = new CleanUpStack(),
            },
            TestContext.Current.CancellationToken);
    }
}
