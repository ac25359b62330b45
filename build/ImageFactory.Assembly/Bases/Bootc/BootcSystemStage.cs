using ImageFactory.Assembly.Bases.Bootc.Engine;
using ImageFactory.Assembly.Bases.Debian;
using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.Payload;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>
/// Takes the system out of a bootable container: its whole file system as the engine exports it, its kernel, and an initrd that opens a verified root. The
/// container whose file system is exported never runs; the initrd is made in another one of the same image, and only when the image's own does not serve.
/// </summary>
/// <param name="described">What decides the image, as <see cref="BootcImage.DescribeAsync"/> has it.</param>
internal sealed class BootcSystemStage(BootcImage image, IReadOnlyList<(string Name, string Value)> described, Recipe recipe, BootcBase settings, EngineAccess access) : IStage
{
    private const string Revision = "1";

    /// <summary>An archive ends with two blocks of zeros.</summary>
    private const int EndMark = 1024;

    public const string StageName = "bootc-system";
    public const string TarFile = "root.tar";
    public const string KernelFile = "vmlinuz";
    public const string KernelVersionFile = "kernel-version";
    public const string InitrdFile = "initrd.img";

    /// <summary>Id of the image in the engine.</summary>
    public const string ImageIdFile = "image-id";

    private const string MadeInitrd = "/imagefactory-initrd.img";

    private readonly InitrdSettings initrd = settings.Initrd;
    private readonly DiskSettings disk = recipe.Disk;
    private readonly BootcWay way = settings.Way;
    private readonly long epoch = recipe.SourceDateEpoch;

    public string Name => StageName;

    public IReadOnlyList<string> After => image.After;

    public void Describe(StageKey key)
    {
        key.Add("revision", Revision).Add("way", way.ToString());
        foreach ((string name, string value) in described)
            key.Add(name, value);
        if (way == BootcWay.Direct)
            key.Add("root", disk.Root.ToString()).Add("integrity", disk.Integrity.ToString()).Add("initrd", InitrdStage.Options(initrd)).Add("modules", initrd.Modules).Add("epoch", epoch);
    }

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        EngineLog log = new(scope.Log);
        IContainerEngine engine = await access.OpenAsync(scope, cancellation).ConfigureAwait(false);
        EngineImage found = await image.ObtainAsync(engine, scope, log, cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(ImageIdFile), found.Id + "\n", cancellation).ConfigureAwait(false);
        string tar = scope.OutputFile(TarFile);
        await ExportAsync(engine, scope, found, tar, cancellation).ConfigureAwait(false);

        FileTree tree = TarTreeReader.Read(tar, image.ShownAs, TarReadRules.Base, cancellation).Tree;
        GuestKernel kernel = GuestKernel.Newest(tree) ?? throw new FactoryException(BootcFaults.NoKernel(image.ShownAs));
        if (way != BootcWay.Direct)
            return;
        if (disk.Integrity == Integrity.Verity)
            InitrdNeeds.RequireModules(tree, kernel.Version, disk.Root, image.ShownAs);
        await CopyAsync(tree, kernel.Path, scope.OutputFile(KernelFile), cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(KernelVersionFile), kernel.Version + "\n", cancellation).ConfigureAwait(false);
        IReadOnlyList<string> missing = await TakeInitrdAsync(scope, tree, kernel.Version, cancellation).ConfigureAwait(false);
        if (missing.Count > 0)
            await MakeInitrdAsync(engine, scope, found, tree, kernel.Version, missing, log, cancellation).ConfigureAwait(false);
    }

    private async Task ExportAsync(IContainerEngine engine, StageScope scope, EngineImage found, string tar, CancellationToken cancellation)
    {
        string container = await CreateAsync(engine, scope, new ContainerCall(NewName(), found.Id) { Command = ["/bin/true"], Entrypoint = [], Network = false }, cancellation).ConfigureAwait(false);
        if (await engine.MountAsync(container, cancellation).ConfigureAwait(false) is { } folder)
        {
            // Several times as fast as podman's own export.
            await using Stream copy = scope.CreateOutputFile(TarFile);
            TarTreeWriter.Write(HostTreeReader.ReadMounted(folder, image.ShownAs, cancellation), copy, long.MaxValue, cancellation);
            return;
        }

        await using (Stream target = scope.CreateOutputFile(TarFile))
            await engine.ExportAsync(container, target, done => scope.Log.Progress(done, Math.Max(done, found.Size), "bytes"), cancellation).ConfigureAwait(false);

        // An engine that fails half-way may end its answer as if it were whole.
        using SafeFileHandle file = File.OpenHandle(tar);
        byte[] end = new byte[EndMark];
        long length = RandomAccess.GetLength(file);
        int read = length < EndMark ? 0 : await RandomAccess.ReadAsync(file, end, length - EndMark, cancellation).ConfigureAwait(false);
        if (read < EndMark || end.AsSpan().IndexOfAnyExcept((byte)0) >= 0)
            throw new FactoryException(BootcFaults.Unfinished(image.ShownAs, length));
    }

    /// <returns>What the image's own initrd lacks; nothing when it was taken.</returns>
    private async Task<IReadOnlyList<string>> TakeInitrdAsync(StageScope scope, FileTree tree, string kernel, CancellationToken cancellation)
    {
        if (initrd.Modules.Count > 0)
            return ["the dracut modules of 'base.initrd.modules'"];
        string? path = ((string[])[$"/usr/lib/modules/{kernel}/initramfs.img", $"/boot/initramfs-{kernel}.img", $"/boot/initrd.img-{kernel}"])
            .FirstOrDefault(p => tree.Find(p) is { Type: TreeEntryType.File });
        if (path is null)
            return ["everything: there is none"];
        try
        {
            IReadOnlyCollection<string> names;
            await using (Stream own = tree.Find(path)!.Content.Open())
                names = await InitramfsNames.ReadAsync(own, cancellation).ConfigureAwait(false);
            IReadOnlyList<string> missing = InitrdNeeds.Missing(names, tree, kernel, InitrdStage.AllDrivers(initrd));
            if (missing.Count == 0)
                await CopyAsync(tree, path, scope.OutputFile(InitrdFile), cancellation).ConfigureAwait(false);
            return missing;
        }
        catch (InvalidDataException e)
        {
            return [$"a form that can be read: {e.Message}"];
        }
    }

    private async Task MakeInitrdAsync(
        IContainerEngine engine, StageScope scope, EngineImage found, FileTree tree, string kernel, IReadOnlyList<string> missing, EngineLog log, CancellationToken cancellation)
    {
        string dracut = ((string[])["/usr/bin/dracut", "/usr/sbin/dracut"]).FirstOrDefault(p => tree.Find(p) is not null) ?? throw new FactoryException(BootcFaults.NoDracut(image.ShownAs, missing));
        scope.Log.Info($"making an initrd; the image's own lacks {string.Join(", ", missing)}");
        string container = await CreateAsync(
            engine,
            scope,
            new ContainerCall(NewName(), found.Id)
            {
                Entrypoint = [dracut],
                Command = ["--kver", kernel, .. InitrdStage.Options(initrd), "--tmpdir", "/tmp", "--force", MadeInitrd],
                Environment = new Dictionary<string, string>
                {
                    ["SOURCE_DATE_EPOCH"] = epoch.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    ["LANG"] = "C.UTF-8",
                    ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
                },
                Network = false,
                // As in the initrd of other bases: no device nodes, whoever makes it.
                DroppedCapabilities = ["MKNOD"],
            },
            cancellation).ConfigureAwait(false);
        int code = await engine.RunAsync(container, log, cancellation).ConfigureAwait(false);
        if (code != 0)
            throw new FactoryException(EngineFaults.ProgramFailed("dracut", code, log.Lines).At(image.ShownAs));
        await using FileStream target = File.Create(scope.OutputFile(InitrdFile));
        await engine.CopyOutAsync(container, MadeInitrd, target, cancellation).ConfigureAwait(false);
    }

    /// <summary>For a container that only this run knows.</summary>
    internal static string NewName() => $"imagefactory-{Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal)}";

    private static async Task<string> CreateAsync(IContainerEngine engine, StageScope scope, ContainerCall call, CancellationToken cancellation)
    {
        scope.CleanUp.Register($"remove the container {call.Name}", token => engine.RemoveContainerAsync(call.Name, token));
        await engine.CreateAsync(call, cancellation).ConfigureAwait(false);
        return call.Name;
    }

    private static async Task CopyAsync(FileTree tree, string path, string target, CancellationToken cancellation)
    {
        await using Stream source = tree.Find(path)!.Content.Open();
        await using FileStream copy = File.Create(target);
        await source.CopyToAsync(copy, cancellation).ConfigureAwait(false);
    }
}
