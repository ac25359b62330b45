using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using ImageFactory.Assembly.Bundles;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Model;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Tests.Bundles;

public sealed class BundleTests : IDisposable
{
    private const long Epoch = 1_750_000_000;
    private const string Empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private readonly DirectoryInfo place = Directory.CreateTempSubdirectory("bundle-tests-");

    private IReadOnlyDictionary<ContentDigest, (long Offset, long Length)> places = new Dictionary<ContentDigest, (long Offset, long Length)>();

    private CancellationToken Cancellation { get; } = TestContext.Current.CancellationToken;

    public void Dispose() => place.Delete(recursive: true);

    [Fact]
    public async Task What_was_packed_comes_out_as_it_was()
    {
        (byte[] bundle, _) = await PackAsync("one");

        (BundleIndex index, DirectoryInfo files, DirectoryInfo cache) = await UnpackAsync(bundle);

        Assert.Equal("recipes/my.yaml", index.Recipe);
        Assert.Equal("name: my\n", File.ReadAllText(Path.Combine(files.FullName, "recipes", "my.yaml")));
        Assert.Equal("hello", File.ReadAllText(Path.Combine(files.FullName, "tree", "etc", "motd")));
        Assert.Equal("motd", new FileInfo(Path.Combine(files.FullName, "tree", "etc", "link")).LinkTarget);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(files.FullName, "tree", "run.sh")));
        Assert.True(Directory.Exists(Path.Combine(files.FullName, "tree", "empty")));
        Assert.Equal(Content(300_000), File.ReadAllBytes(Path.Combine(cache.FullName, "packages", Sha256.Of(Content(300_000)).Hex + ".deb")));
        Assert.Equal(2, index.Packages.Count);
        Assert.Equal(Content(70_000), ReadContent(bundle, 70_000));
    }

    [Fact]
    public async Task The_same_inputs_give_the_same_bytes_wherever_and_whenever_they_lie()
    {
        (byte[] first, Sha256 list) = await PackAsync("one");
        (byte[] second, Sha256 again) = await PackAsync("another and longer one", later: true);

        Assert.Equal(first, second);
        Assert.Equal(list, again);
    }

    [Fact]
    public async Task Tar_lists_it_sorted_with_one_time_and_its_list_first()
    {
        (byte[] bundle, Sha256 list) = await PackAsync("one");
        string file = Path.Combine(place.FullName, "b.tar");
        await File.WriteAllBytesAsync(file, bundle, Cancellation);

        (int code, string output, string errors) = Tool.Run(Tool.Need("tar"), "--full-time", "--numeric-owner", "-tvf", file);
        string[] lines = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] == '-')];

        Assert.True(code == 0, errors);
        Assert.All(lines, l => Assert.Contains(" 0/0 ", l, StringComparison.Ordinal));
        Assert.All(lines, l => Assert.Contains(" 2025-06-15 15:06:40 ", l, StringComparison.Ordinal));
        Assert.EndsWith(" bundle.json", lines[0], StringComparison.Ordinal);
        Assert.Equal(lines.Select(l => l[57..]).Order(StringComparer.Ordinal).Count(), lines.Length);
        (_, string index, _) = Tool.Run(Tool.Need("tar"), "-xOf", file, "bundle.json");
        Assert.Equal(list, Sha256.Of(index));
    }

    /// <summary>Whatever happens to a bundle on its way: it is refused, or what comes out is what went in.</summary>
    [Fact]
    public async Task A_damaged_bundle_is_refused_or_harmless()
    {
        (byte[] bundle, _) = await PackAsync("one", packageSize: 700, contentSize: 900);
        Random random = new(20261121);
        int refused = 0;
        for (int i = 0; i < 600; i++)
        {
            byte[] damaged = [.. random.Next(3) == 0 ? bundle.Take(random.Next(bundle.Length)) : bundle];
            for (int n = random.Next(1, 4); n > 0 && damaged.Length > 0; n--)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                (_, DirectoryInfo files, _) = await UnpackAsync(damaged);
                Assert.Equal("name: my\n", File.ReadAllText(Path.Combine(files.FullName, "recipes", "my.yaml")));
                Assert.Equal("hello", File.ReadAllText(Path.Combine(files.FullName, "tree", "etc", "motd")));
                Assert.Equal(Content(900), ReadContent(damaged, 900));
            }
            catch (FactoryException e)
            {
                refused++;
                Assert.Contains(e.Faults[0].Code, new[] { "IFA426", "IFA427", "IFA428", "IFA429" });
                Assert.Equal("b.tar", e.Faults[0].Where);
            }
        }

        Assert.InRange(refused, 300, 600);
        Assert.Equal(["one", "unpacked"], place.GetDirectories().Select(d => d.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    [InlineData(-10240)]
    [InlineData(-200_000)]
    public async Task One_that_was_cut_off_is_refused(int length)
    {
        (byte[] bundle, _) = await PackAsync("one");

        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => UnpackAsync(bundle[..(length < 0 ? bundle.Length + length - 512 : length)]));

        Assert.Equal(length >= 0 ? "IFA426" : "IFA428", e.Faults[0].Code);
    }

    [Fact]
    public async Task Files_of_somebody_else_are_no_bundles()
    {
        using MemoryStream tar = new();
        await TarFile.CreateFromDirectoryAsync(Directory.CreateDirectory(Path.Combine(place.FullName, "some", "tree")).Parent!.FullName, tar, includeBaseDirectory: false, Cancellation);

        foreach (byte[] foreign in new[] { tar.ToArray(), Encoding.UTF8.GetBytes("name: my\n"), RandomNumberGenerator.GetBytes(4096), new byte[10240] })
            Assert.Equal("IFA426", (await Assert.ThrowsAsync<FactoryException>(() => UnpackAsync(foreign))).Faults[0].Code);
    }

    [Theory]
    [InlineData("../outside", null)]
    [InlineData("/etc/outside", null)]
    [InlineData("a/../../outside", null)]
    [InlineData("a//b", null)]
    [InlineData("", null)]
    [InlineData("link/outside", "/tmp")]
    [InlineData("link", "/tmp")]
    public async Task A_list_that_leads_elsewhere_is_refused(string path, string? link)
    {
        BundledFile recipe = new("r.yaml", 420, 0, Sha256.Of(""));
        BundledFile file = new(path, 420, 0, Sha256.Of(""));
        BundledFile[] files = link is null ? [file, recipe] : [new BundledFile("link", Link: link), file, recipe];
        BundleIndex index = new() { Factory = "1", Recipe = "r.yaml", Files = files, Packages = [] };

        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => UnpackAsync(Tar(("bundle.json", index.ToUtf8()), ("files/" + path, []), ("files/r.yaml", []))));

        Assert.Equal("IFA427", e.Faults[0].Code);
        Assert.False(File.Exists("/tmp/outside"));
    }

    [Theory]
    [InlineData("{}", "IFA427")]
    [InlineData("null", "IFA427")]
    [InlineData("[", "IFA427")]
    [InlineData("""{"format":2,"what":[]}""", "IFA429")]
    [InlineData("""{"format":1,"factory":"1","recipe":"r","files":[],"packages":[]}""", "IFA427")]
    [InlineData("""{"format":1,"factory":"1","recipe":"r","files":[null],"packages":[]}""", "IFA427")]
    [InlineData("""{"format":1,"factory":"1","recipe":"r","files":[{"path":"r","mode":420,"size":0,"sha256":"zz"}],"packages":[]}""", "IFA427")]
    [InlineData("""{"format":1,"factory":"1","recipe":"r","files":[{"path":"r","mode":2541,"size":0,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}],"packages":[]}""", "IFA427")]
    public async Task A_list_of_another_form_is_refused(string list, string code) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<FactoryException>(() => UnpackAsync(Tar(("bundle.json", Encoding.UTF8.GetBytes(list)))))).Faults[0].Code);

    [Theory]
    [InlineData($$"""[{"size":0,"digest":"{{Empty}}"}]""", $$"""[{"repository":"h.io/r","name":"1","mediaType":"a/b","digest":"{{Empty}}"}]""", true)]
    [InlineData("[null]", "[]", false)]
    [InlineData($$"""[{"size":-1,"digest":"{{Empty}}"}]""", "[]", false)]
    [InlineData("""[{"size":0,"digest":"sha256:../../../etc/passwd"}]""", "[]", false)]
    [InlineData("""[{"size":0,"digest":"md5:d41d8cd98f00b204e9800998ecf8427e"}]""", "[]", false)]
    [InlineData($$"""[{"size":0,"digest":"{{Empty}}"},{"size":0,"digest":"{{Empty}}"}]""", "[]", false)]
    [InlineData("[]", $$"""[{"repository":"h.io/r","name":"1","mediaType":"a/b","digest":"{{Empty}}"}]""", false)]
    [InlineData($$"""[{"size":0,"digest":"{{Empty}}"}]""", "[null]", false)]
    [InlineData($$"""[{"size":0,"digest":"{{Empty}}"}]""", $$"""[{"repository":"h.io/r","name":"1","mediaType":"no type","digest":"{{Empty}}"}]""", false)]
    [InlineData(
        $$"""[{"size":0,"digest":"{{Empty}}"}]""",
        $$"""[{"repository":"h.io/r","name":"1","mediaType":"a/b","digest":"{{Empty}}"},{"repository":"h.io/r","name":"1","mediaType":"a/b","digest":"{{Empty}}"}]""",
        false)]
    public async Task Contents_and_images_that_do_not_fit_each_other_are_refused(string content, string images, bool fits)
    {
        string list = $$"""
            {"format":1,"factory":"1","recipe":"r","files":[{"path":"r","mode":420,"size":0,"sha256":"{{Empty[7..]}}"}],"packages":[],"content":{{content}},"images":{{images}}}
            """;
        byte[] bundle = Tar(("bundle.json", Encoding.UTF8.GetBytes(list)), ("content/" + Empty.Replace(':', '/'), []), ("files/r", []));

        if (fits)
            Assert.Single((await UnpackAsync(bundle)).Index.Images);
        else
            Assert.Equal("IFA427", (await Assert.ThrowsAsync<FactoryException>(() => UnpackAsync(bundle))).Faults[0].Code);
    }

    [Theory]
    [InlineData($$"""[{"name":"base","id":"{{Empty}}","digest":"{{Empty}}"},{"name":"localhost/x:1","id":"{{Empty}}"}]""", true)]
    [InlineData("[null]", false)]
    [InlineData("""[{"name":"base","id":"aa"}]""", false)]
    [InlineData("""[{"name":"base","id":"sha256:../aa"}]""", false)]
    [InlineData($$"""[{"name":"base","id":"{{Empty}}","digest":"sha256:00"}]""", false)]
    [InlineData($$"""[{"name":null,"id":"{{Empty}}"}]""", false)]
    [InlineData($$"""[{"name":"b","id":"{{Empty}}"},{"name":"a","id":"{{Empty}}"}]""", false)]
    [InlineData($$"""[{"name":"a","id":"{{Empty}}"},{"name":"a","id":"{{Empty}}"}]""", false)]
    public async Task Containers_that_nobody_could_load_are_refused(string containers, bool fits)
    {
        string list = $$"""
            {"format":1,"factory":"1","recipe":"r","files":[{"path":"r","mode":420,"size":0,"sha256":"{{Empty[7..]}}"}],"packages":[],"content":[{"size":0,"digest":"{{Empty}}"}],"images":[],"containers":{{containers}}}
            """;
        byte[] bundle = Tar(("bundle.json", Encoding.UTF8.GetBytes(list)), ("content/" + Empty.Replace(':', '/'), []), ("files/r", []));

        if (fits)
            Assert.Equal(2, (await UnpackAsync(bundle)).Index.Containers.Count);
        else
            Assert.Equal("IFA427", (await Assert.ThrowsAsync<FactoryException>(() => UnpackAsync(bundle))).Faults[0].Code);
    }

    [Theory]
    [InlineData("files/more")]
    [InlineData("packages/more.deb")]
    [InlineData("content/sha256/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("../more")]
    public async Task What_the_list_does_not_name_is_refused(string name)
    {
        BundleIndex index = new() { Factory = "1", Recipe = "r.yaml", Files = [new BundledFile("r.yaml", 420, 0, Sha256.Of(""))], Packages = [] };

        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => UnpackAsync(Tar(("bundle.json", index.ToUtf8()), ("files/r.yaml", []), (name, []))));

        Assert.Equal("IFA428", e.Faults[0].Code);
    }

    [Fact]
    public async Task A_recipe_in_a_folder_that_it_names_is_there_once_and_a_secret_is_empty()
    {
        string context = Directory.CreateDirectory(Path.Combine(place.FullName, "context")).FullName;
        string recipe = Path.Combine(context, "r.yaml");
        await File.WriteAllTextAsync(recipe, "name: r\n", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(context, "Containerfile"), "FROM scratch\n", Cancellation);
        BundleWriter writer = new("1", Epoch);
        writer.AddFile(recipe, "r.yaml");
        writer.AddFile(context, ".");
        writer.AddEmpty(Path.Combine(place.FullName, "secrets", "org"));
        using MemoryStream bundle = new();
        await writer.WriteAsync(recipe, bundle, Cancellation);

        (BundleIndex index, DirectoryInfo files, _) = await UnpackAsync(bundle.ToArray());

        Assert.Equal("context/r.yaml", index.Recipe);
        Assert.Equal(["context/Containerfile", "context/r.yaml", "secrets/org"], index.Files.Where(f => f.Sha256 is not null).Select(f => f.Path));
        FileInfo secret = new(Path.Combine(files.FullName, "secrets", "org"));
        Assert.Equal((0, UnixFileMode.UserRead | UnixFileMode.UserWrite), (secret.Length, secret.UnixFileMode));
    }

    [Fact]
    public async Task What_cannot_be_carried_is_told_all_at_once()
    {
        string tree = Directory.CreateDirectory(Path.Combine(place.FullName, "tree")).FullName;
        string recipe = Path.Combine(place.FullName, "r.yaml");
        await File.WriteAllTextAsync(recipe, "", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(tree, "one"), "", Cancellation);
        Tool.Run(Tool.Need("ln"), Path.Combine(tree, "one"), Path.Combine(tree, "two"));
        Tool.Run(Tool.Need("mkfifo"), Path.Combine(tree, "pipe"));
        BundleWriter writer = new("1", Epoch);
        writer.AddFile(recipe, "r.yaml");
        writer.AddFile(tree, "tree");

        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => writer.WriteAsync(recipe, Stream.Null, Cancellation));

        Assert.Equal(["IFA424", "IFA424"], e.Faults.Select(f => f.Code));
    }

    private async Task<(byte[] Bundle, Sha256 List)> PackAsync(string name, bool later = false, int packageSize = 300_000, int contentSize = 70_000)
    {
        string root = Path.Combine(place.FullName, name);
        string Put(string path, byte[] content, UnixFileMode? mode = null)
        {
            string full = Path.Combine(root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllBytes(full, content);
            if (mode is { } bits)
                File.SetUnixFileMode(full, bits);
            if (later)
                File.SetLastWriteTimeUtc(full, new DateTime(2031, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            return full;
        }

        string recipe = Put("recipes/my.yaml", "name: my\n"u8.ToArray());
        string policy = Put("policy.rego", "package agent_policy\n"u8.ToArray());
        Put("tree/etc/motd", "hello"u8.ToArray());
        Put("tree/run.sh", "#!/bin/sh\n"u8.ToArray(), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Path.Combine(root, "tree", "empty"));
        File.CreateSymbolicLink(Path.Combine(root, "tree", "etc", "link"), "motd");
        BundleWriter writer = new("1.0.0", Epoch);
        foreach (string path in (string[])(later ? [policy, recipe] : [recipe, policy]))
            writer.AddFile(path, Path.GetFileName(path));
        writer.AddFile(Path.Combine(root, "tree"), "../tree");
        foreach (int size in (int[])(later ? [5, packageSize] : [packageSize, 5]))
            writer.AddPackage($"package {size}", Sha256.Of(Content(size)), Put($"cache/{size}", Content(size)));
        foreach (int size in (int[])(later ? [6, contentSize] : [contentSize, 6]))
            writer.AddContent(Sha256.Of(Content(size)), Put($"disk/{size}", Content(size)));

        using MemoryStream bundle = new();
        Sha256 list = await writer.WriteAsync(recipe, bundle, Cancellation);
        return (bundle.ToArray(), list);
    }

    private async Task<(BundleIndex Index, DirectoryInfo Files, DirectoryInfo Cache)> UnpackAsync(byte[] bundle)
    {
        string target = Path.Combine(place.FullName, "unpacked");
        if (Directory.Exists(target))
            Directory.Delete(target, recursive: true);
        DirectoryInfo files = Directory.CreateDirectory(Path.Combine(target, "files"));
        DirectoryInfo cache = Directory.CreateDirectory(Path.Combine(target, "cache"));
        BundleReader reader = new("b.tar", files, cache);
        BundleIndex index = await reader.ReadAsync(new MemoryStream(bundle), Cancellation);
        places = reader.Contents;
        return (index, files, cache);
    }

    /// <summary>Where the last bundle that was read has it.</summary>
    private byte[] ReadContent(byte[] bundle, int size)
    {
        (long offset, long length) = places[ContentDigest.Parse("sha256:" + Sha256.Of(Content(size)).Hex)];
        return bundle[(int)offset..(int)(offset + length)];
    }

    private static byte[] Content(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)((i * 7) + (i >> 8)))];

    private static byte[] Tar(params (string Name, byte[] Content)[] members)
    {
        using MemoryStream stream = new();
        using (TarWriter writer = new(stream, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in members)
                writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name.Length == 0 ? "x" : name) { DataStream = new MemoryStream(content) });
        }

        return stream.ToArray();
    }
}
