using ImageFactory.Assembly.Packages;

namespace ImageFactory.Assembly.Tests.Packages;

public sealed class HostMirrorTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("host-mirror-").FullName;

    [Fact]
    public void A_host_without_lists_has_no_mirror() => Assert.Equal(((string?)null, (string?)null), HostMirror.Find(folder));

    [Fact]
    public void One_line_lists_are_understood_with_options()
    {
        Write("sources.list", "# deb http://not/debian x\ndeb [arch=amd64 signed-by=/k] https://mirror.corp/debian/ bookworm main\ndeb http://mirror.corp/debian-security bookworm-security main\n");

        Assert.Equal(((string?)"https://mirror.corp/debian", (string?)"http://mirror.corp/debian-security"), HostMirror.Find(folder));
    }

    [Fact]
    public void Stanzas_are_understood_and_other_vendors_passed_over()
    {
        Write("sources.list.d/a.sources", "Types: deb\nURIs: https://deb.vendor.com/node_20.x\nSuites: nodistro\n");
        Write("sources.list.d/debian.sources", "Types: deb\n# http://snapshot/debian\nURIs: http://mirror.corp/debian\nSuites: trixie\n");

        Assert.Equal(((string?)"http://mirror.corp/debian", (string?)null), HostMirror.Find(folder));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private void Write(string name, string text)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
