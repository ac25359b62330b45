using ImageFactory.Assembly.Bases.Debian.Unpacked;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Bases.Unpacked;

public sealed class DebArchiveTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("xz")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("none")]
    [Trait("needs", "dpkg-deb")]
    public async Task What_dpkg_deb_packs_is_read(string compression)
    {
        string package = Pack(compression);

        FileTree data = await ReadAsync(package, "data");
        FileTree control = await ReadAsync(package, "control");

        Assert.Equal("hello\n", data.ReadText("/usr/share/greeting"));
        Assert.Equal("greeting", data.FindSelf("/usr/share/link")!.Target);
        Assert.StartsWith("Package: greeting\n", control.ReadText("/control"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("needs", "dpkg-deb")]
    public async Task A_package_that_is_cut_off_is_refused_wherever_it_ends()
    {
        byte[] whole = await File.ReadAllBytesAsync(Pack("xz"), TestContext.Current.CancellationToken);
        Random random = new(7);
        for (int i = 0; i < 60; i++)
        {
            string cut = folder.Write($"cut-{i}.deb", whole[..random.Next(whole.Length - 20)]);

            FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => ReadAsync(cut, "data"));

            Assert.Equal("IFA501", refused.Faults[0].Code);
            Assert.Equal("shown.deb", refused.Faults[0].Where);
        }
    }

    [Fact]
    [Trait("needs", "dpkg-deb")]
    public async Task Damaged_bytes_give_a_fault_or_a_tree_and_nothing_else()
    {
        byte[] whole = await File.ReadAllBytesAsync(Pack("gzip"), TestContext.Current.CancellationToken);
        Random random = new(8);
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = [.. whole];
            for (int n = random.Next(1, 6); n > 0; n--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            string path = folder.Write($"damaged-{i}.deb", damaged);
            try
            {
                await ReadAsync(path, "data");
            }
            catch (FactoryException)
            {
                // A coded fault is the other thing that may come.
            }
        }
    }

    public void Dispose() => folder.Dispose();

    private async Task<FileTree> ReadAsync(string package, string member)
    {
        string tar = folder[Path.GetRandomFileName()];
        await DebArchive.ExtractAsync(package, member, tar, "shown.deb", TestContext.Current.CancellationToken);
        return TarTreeReader.Read(tar, "shown.deb", TarReadRules.Base, TestContext.Current.CancellationToken).Tree;
    }

    private string Pack(string compression)
    {
        string dpkg = Tool.Need("dpkg-deb");
        folder.Write("tree/DEBIAN/control", "Package: greeting\nVersion: 1\nArchitecture: s390x\nMaintainer: nobody <nobody@example.org>\nDescription: test\n");
        folder.Write("tree/usr/share/greeting", "hello\n");
        if (!File.Exists(folder["tree/usr/share/link"]))
            File.CreateSymbolicLink(folder["tree/usr/share/link"], "greeting");
        (int exit, _, string errors) = Tool.Run(dpkg, "-Z" + compression, "--root-owner-group", "--build", folder["tree"], folder[compression + ".deb"]);
        Assert.True(exit == 0, errors);
        return folder[compression + ".deb"];
    }
}
