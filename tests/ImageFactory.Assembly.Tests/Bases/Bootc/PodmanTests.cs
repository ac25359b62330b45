using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Assembly.Bases.Bootc;
using ImageFactory.Assembly.Bases.Bootc.Engine;
using ImageFactory.Assembly.Payload;
using ImageFactory.Assembly.Tests.Payload;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Registry;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

/// <summary>The client and the stages against a real podman. Images are made from busybox, so that no registry is asked.</summary>
[Trait("needs", "podman, busybox, root")]
public sealed class PodmanTests : IClassFixture<Podman>
{
    private readonly Podman podman;

    public PodmanTests(Podman podman)
    {
        Assert.SkipWhen(Podman.Missing is not null, Podman.Missing ?? "");
        this.podman = podman;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_image_is_built_with_arguments_and_secrets_and_its_file_system_comes_out_as_it_was_made()
    {
        using BootcWorkshop shop = new(podman.Settings, Podman.Programs);
        File.Copy(Tool.Need("busybox"), MakeFolder(shop, "context") + "/busybox");
        shop.Write("context/Containerfile", """
            FROM scratch
            COPY busybox /bin/sh
            COPY busybox /bin/busybox
            ARG WORD
            COPY . /everything/
            RUN --mount=type=secret,id=org busybox sha256sum /run/secrets/org > /secret-digest
            RUN busybox mkdir -p /usr/lib/modules/6.1/kernel /usr/bin /tmp \
             && busybox chmod 1777 /tmp \
             && echo kernel > /usr/lib/modules/6.1/vmlinuz \
             && busybox touch /usr/lib/modules/6.1/kernel/dm-verity.ko /usr/lib/modules/6.1/kernel/overlay.ko /usr/lib/modules/6.1/kernel/erofs.ko \
             && echo "$WORD" > /word && busybox ln /word /word-again && busybox ln -s /word /link \
             && busybox chown 12:34 /word && busybox chmod 4750 /word
            COPY dracut /usr/bin/dracut
            """);
        // Stands for dracut: what it is called with becomes the initrd.
        shop.Write("context/dracut", "#!/bin/sh\nfor last; do :; done\necho \"$SOURCE_DATE_EPOCH $*\" > \"$last\"\n");
        File.SetUnixFileMode(shop["context/dracut"], UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        shop.Write("secrets/org", "a secret of some length");
        BootcBase settings = new()
        {
            Containerfile = shop.Source("context/Containerfile"),
            Args = new Dictionary<string, string> { ["WORD"] = "it is" },
            Secrets = [new BuildSecret { Id = "org", File = shop.Source("secrets/org") }],
        };

        StageScope scope = await shop.TakeSystemAsync(settings);

        FileTree tree = TarTreeReader.Read(scope.OutputFile(BootcSystemStage.TarFile), "x", TarReadRules.Base, Token).Tree;
        TreeEntry word = tree.Find("/word")!;
        Assert.Equal((12u, 34u, 0b100_111_101_000), (word.Uid, word.Gid, word.Mode));
        Assert.Equal("it is\n", tree.ReadText("/word"));
        Assert.Equal("/word", tree.Walk().Single(i => i.Path == "/word-again").FirstName);
        Assert.Equal("/word", tree.FindSelf("/link")!.Target);
        Assert.StartsWith(Sha256.Of("a secret of some length"u8).Hex, tree.ReadText("/secret-digest"), StringComparison.Ordinal);
        Assert.Equal(["Containerfile", "busybox", "dracut"], tree.List("/everything"));
        Assert.Null(tree.Find("/run/secrets/org"));
        Assert.StartsWith("1750000000 --kver 6.1 ", await File.ReadAllTextAsync(scope.OutputFile(BootcSystemStage.InitrdFile), Token), StringComparison.Ordinal);
        Assert.Contains(shop.Said.Lines, l => l.StartsWith("STEP 2/", StringComparison.Ordinal));
        Assert.DoesNotContain(shop.Said.Lines, l => l.Contains("a secret of some length", StringComparison.Ordinal));
        Assert.Empty(shop.CleanUpFaults);
        Assert.Empty(podman.SocketsLeft);
        await UseAsync(async engine =>
        {
            Assert.NotNull(await engine.FindImageAsync("localhost/imagefactory/shop:latest", Token));
            await engine.RemoveImageAsync("localhost/imagefactory/shop:latest", Token);
        });
    }

    [Fact]
    public async Task Attributes_of_an_imported_file_system_come_back()
    {
        byte[] capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        FileTree made = new();
        made.Put("/ping", TreeEntry.Text("x", 493) with { Xattrs = new Dictionary<string, byte[]> { ["security.capability"] = capability, ["user.note"] = "n"u8.ToArray() } });
        string tar = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using (FileStream file = File.Create(tar))
            TarTreeWriter.Write(made, file, 1_000_000_000, Token);
        string back = tar + ".back";

        await UseAsync(async engine =>
        {
            await engine.ImportAsync(tar, "localhost/attributes:1", Token);
            await engine.CreateAsync(new ContainerCall("attributes", "localhost/attributes:1") { Command = ["/x"] }, Token);
            await using (FileStream target = File.Create(back))
                await engine.ExportAsync("attributes", target, _ => { }, Token);
            await engine.RemoveContainerAsync("attributes", Token);
            await engine.RemoveImageAsync("localhost/attributes:1", Token);
        });

        TreeEntry ping = TarTreeReader.Read(back, "x", TarReadRules.Base, Token).Tree.Find("/ping")!;
        File.Delete(tar);
        File.Delete(back);
        Assert.Equal(capability, ping.Xattrs["security.capability"]);
        Assert.Equal("n"u8.ToArray(), ping.Xattrs["user.note"]);
    }

    [Fact]
    public async Task The_file_system_is_the_same_whether_it_is_read_where_it_is_mounted_or_exported()
    {
        FileTree made = new();
        made.Put("/usr/bin/tool", TreeEntry.Text("x", 2541) with { Uid = 7, Gid = 70_000, ModifiedAt = 1_234_567 });
        made.AddName("/usr/bin/twin", "/usr/bin/tool");
        made.Put("/bin", TreeEntry.Link("usr/bin"));
        made.Put("/dev/console", new TreeEntry(TreeEntryType.CharacterDevice) { Mode = 384, DeviceMajor = 5, DeviceMinor = 1 });
        made.Put("/dev/disk", new TreeEntry(TreeEntryType.BlockDevice) { DeviceMajor = 259, DeviceMinor = 70_000 });
        made.Put("/run/pipe", new TreeEntry(TreeEntryType.Fifo));
        made.Put("/tmp", TreeEntry.Directory((1 << 9) | 511) with { Gid = 3 });
        made.Put("/Főtanúsítvány", TreeEntry.Text(new string('l', 100_000)) with { Xattrs = new Dictionary<string, byte[]> { ["user.note"] = "n"u8.ToArray(), ["security.ima"] = [3, 2, 4, 1] } });
        string tar = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using (FileStream file = File.Create(tar))
            TarTreeWriter.Write(made, file, 1_000_000_000, Token);

        await UseAsync(async engine =>
        {
            await engine.ImportAsync(tar, "localhost/mounted:1", Token);
            await engine.BuildAsync(Context("FROM localhost/mounted:1\nCOPY busybox /bin/second\nCOPY busybox /bin/busybox\nRUN [\"/bin/busybox\", \"rm\", \"/run/pipe\"]\n", "localhost/mounted:2"), new Lines(), Token);
            await engine.CreateAsync(new ContainerCall("mounted", "localhost/mounted:2") { Command = ["/x"] }, Token);
            string? mounted = await engine.MountAsync("mounted", Token);
            Assert.NotNull(mounted);
            await using (FileStream target = File.Create(tar + ".back"))
                await engine.ExportAsync("mounted", target, _ => { }, Token);

            FileTree read = HostTreeReader.ReadMounted(mounted, "the container", Token);
            FileTree exported = TarTreeReader.Read(tar + ".back", "x", TarReadRules.Base, Token).Tree;
            Assert.Equal(Told(exported), Told(read));
            Assert.Contains(Told(read), l => l.StartsWith("/dev/disk BlockDevice ", StringComparison.Ordinal) && l.Contains(" 259:70000 ", StringComparison.Ordinal));
            Assert.Contains(Told(read), l => l.StartsWith("/usr/bin/twin ", StringComparison.Ordinal) && l.EndsWith(" /usr/bin/tool", StringComparison.Ordinal));
            Assert.Contains(Told(read), l => l.Contains("security.ima=03020401", StringComparison.Ordinal) && l.Contains("user.note=6E", StringComparison.Ordinal));
            Assert.DoesNotContain(Told(read), l => l.StartsWith("/run/pipe ", StringComparison.Ordinal));
            await engine.RemoveContainerAsync("mounted", Token);
            Assert.False(Directory.Exists(mounted) && Directory.EnumerateFileSystemEntries(mounted).Any());
            await engine.RemoveImageAsync("localhost/mounted:2", Token);
            await engine.RemoveImageAsync("localhost/mounted:1", Token);
        });
        File.Delete(tar);
        File.Delete(tar + ".back");

        static string[] Told(FileTree tree) =>
        [
            .. tree.Walk().Select(i => string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{i.Path} {i.Entry.Type} {UnixMode.Text(i.Entry.Mode)} {i.Entry.Uid}:{i.Entry.Gid} {i.Entry.ModifiedAt} {i.Entry.Target} {i.Entry.DeviceMajor}:{i.Entry.DeviceMinor} {string.Join(',', i.Entry.Xattrs.OrderBy(x => x.Key, StringComparer.Ordinal).Select(x => x.Key + "=" + Convert.ToHexString(x.Value)))} {DigestOf(i.Entry)} {i.FirstName}")),
        ];

        static string DigestOf(TreeEntry entry)
        {
            using Stream content = entry.Content.Open();
            return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(content));
        }
    }

    [Fact]
    public async Task A_program_runs_with_a_mount_and_its_exit_code_and_words_come_back() => await UseAsync(async engine =>
    {
        await BuildAsync(engine, "localhost/run:1", "FROM scratch\nCOPY busybox /bin/sh\n");
        string mounted = Directory.CreateTempSubdirectory("mounted").FullName;
        Lines lines = new();

        await engine.CreateAsync(
            new ContainerCall("runs", "localhost/run:1") { Command = ["/bin/sh", "-c", "echo out; echo err >&2; echo \"$V\" > /there/file; echo made > /made; exit 3"], Mounts = [new(mounted, "/there")], Environment = new Dictionary<string, string> { ["V"] = "v" } },
            Token);
        int code = await engine.RunAsync("runs", lines, Token);
        using MemoryStream made = new();
        await engine.CopyOutAsync("runs", "/made", made, Token);
        Fault none = (await Assert.ThrowsAsync<FactoryException>(() => engine.CopyOutAsync("runs", "/none", Stream.Null, Token))).Faults.Single();
        await engine.RemoveContainerAsync("runs", Token);
        await engine.RemoveImageAsync("localhost/run:1", Token);

        Assert.Equal(3, code);
        Assert.Equal(["err", "out"], lines.Said.Order(StringComparer.Ordinal));
        Assert.Equal("v\n", await File.ReadAllTextAsync(Path.Combine(mounted, "file"), Token));
        Assert.Equal("made\n", Encoding.UTF8.GetString(made.ToArray()));
        Assert.Equal("IFC208", none.Code);
        Directory.Delete(mounted, recursive: true);
    });

    [Fact]
    public async Task A_failed_step_is_told_with_what_it_said() => await UseAsync(async engine =>
    {
        Fault fault = (await Assert.ThrowsAsync<FactoryException>(() => BuildAsync(engine, "localhost/fails:1", "FROM scratch\nCOPY busybox /bin/sh\nRUN echo so not; exit 5\n"))).Faults.Single();

        Assert.Equal("IFC204", fault.Code);
        Assert.Contains("so not", fault.Detail, StringComparison.Ordinal);
        Assert.Contains("exit status 5", fault.Detail, StringComparison.Ordinal);
        Assert.Null(await engine.FindImageAsync("localhost/fails:1", Token));
    });

    [Fact]
    public async Task A_cancelled_build_ends_and_the_service_with_it()
    {
        using CancellationTokenSource stop = new();
        await using CleanUpStack cleanUp = new();
        using TemporaryFolder folder = new();
        IContainerEngine engine = await new ContainerEngines(podman.Settings).OpenAsync(Podman.ScopeOf(folder, cleanUp), Token);
        Lines lines = new(l =>
        {
            if (l.Contains("begun", StringComparison.Ordinal))
                stop.Cancel();
        });

        Task build = BuildAsync(engine, "localhost/long:1", "FROM scratch\nCOPY busybox /of-another-image\nCOPY busybox /bin/sh\nCOPY busybox /bin/sleep\nRUN echo begun; sleep 300\n", lines, stop.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => build);
        await cleanUp.DisposeAsync();
        Assert.Empty(cleanUp.Faults);
        Assert.Empty(podman.SocketsLeft);
    }

    [Fact]
    public async Task An_image_of_a_registry_is_pinned_by_our_client_and_pulled_by_podman_with_its_credentials()
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync();
        registry.Authentication = FakeAuthentication.Basic;
        string digest = FakeArchive.Push(registry, "os", new TarMaker()
            .File("usr/lib/modules/6.1/vmlinuz", "kernel").File("usr/lib/modules/6.1/kernel/dm-verity.ko").File("usr/lib/modules/6.1/kernel/overlay.ko").File("usr/lib/modules/6.1/kernel/erofs.ko")
            .Entry('0', "usr/lib/modules/6.1/initramfs.img", await BootcSystemStageTests.InitrdAsync(
                ["usr/lib/systemd/systemd-veritysetup", "usr/lib/systemd/system-generators/systemd-veritysetup-generator", "usr/lib/systemd/systemd-volatile-root", "usr/lib/modules/6.1/dm-verity.ko", "usr/lib/modules/6.1/overlay.ko", "usr/lib/modules/6.1/erofs.ko"])));
        string registries = podman.Write("registries.conf", $"[[registry]]\nlocation = \"{registry.Host}\"\ninsecure = true\n");
        JsonObject login = new() { ["auths"] = new JsonObject { [registry.Host] = new JsonObject { ["auth"] = Convert.ToBase64String("puller:geheim"u8) } } };
        string auth = podman.Write("auth.json", login.ToJsonString());
        using BootcWorkshop shop = new(podman.Settings, Podman.Programs) { Registry = new RegistrySettings { RegistriesFile = registries, AuthFiles = [auth], FirstPause = TimeSpan.FromMilliseconds(1) } };

        StageScope scope = await shop.TakeSystemAsync(new BootcBase { Image = $"{registry.Host}/os:1" });

        Assert.True(File.Exists(scope.OutputFile(BootcSystemStage.InitrdFile)));
        Assert.Contains(shop.Said.Lines, l => l.Contains($"{registry.Host}/os:1 is {digest}", StringComparison.Ordinal));
        await UseAsync(async engine =>
        {
            Fault fault = (await Assert.ThrowsAsync<FactoryException>(() => engine.PullAsync($"{registry.Host}/other:1", null, new Lines(), Token))).Faults.Single();
            Assert.Equal("IFC203", fault.Code);
            Assert.Contains(registry.Host, fault.Detail, StringComparison.Ordinal);
            await engine.RemoveImageAsync($"{registry.Host}/os@{digest}", Token);
        });
    }

    private static string MakeFolder(BootcWorkshop shop, string name) => Directory.CreateDirectory(shop[name]).FullName;

    private static async Task BuildAsync(IContainerEngine engine, string tag, string containerfile, Lines? lines = null, CancellationToken? cancellation = null)
    {
        await engine.BuildAsync(Context(containerfile, tag), lines ?? new Lines(), cancellation ?? Token);
    }

    private static ImageBuildCall Context(string containerfile, string tag)
    {
        FileTree context = new();
        context.Put("/Containerfile", TreeEntry.Text(containerfile));
        string busybox = Tool.Need("busybox");
        context.Put("/busybox", TreeEntry.File(new FileContent(busybox, 0, new FileInfo(busybox).Length), 493));
        return new ImageBuildCall { Context = stream => TarTreeWriter.Write(context, stream, 1_000_000_000, CancellationToken.None), Containerfile = "Containerfile", Tag = tag };
    }

    private Task UseAsync(Func<IContainerEngine, Task> use) => podman.UseAsync(use);

    private sealed class Lines(Action<string>? seen = null) : IEngineLog
    {
        public List<string> Said { get; } = [];

        public void Line(string text)
        {
            Said.Add(text);
            seen?.Invoke(text);
        }
    }
}
