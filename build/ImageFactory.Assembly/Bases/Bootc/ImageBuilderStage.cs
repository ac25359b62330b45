using System.Text;
using System.Text.Json;
using ImageFactory.Assembly.Bases.Bootc.Engine;
using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Disk;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>
/// Makes bootc's classic layout: payload, policy and settings become one more layer of the image, and bootc-image-builder turns that into a disk
/// (Job contract, section 5.3). It needs a podman that runs as root, and a privileged container.
/// </summary>
/// <param name="pinnedBuilder">The stage that pins the builder's image.</param>
internal sealed class ImageBuilderStage(Recipe recipe, ImageBuilderSettings builder, BootcImage image, EngineAccess access, string pinnedBuilder) : IStage
{
    private const string Revision = "1";
    private const string ConfigInContainer = "/config.toml";
    private const string ContainerStorage = "/var/lib/containers/storage";
    private const string DiskFile = "qcow2/disk.qcow2";
    private const string Delta = "delta.tar";

    private static readonly StageFile System = new(BootcSystemStage.StageName, BootcSystemStage.TarFile);

    private static readonly string DefaultConfig = EmbeddedText.Read("Bases.Bootc.default-builder.toml");

    private readonly AssembledRoot root = new(System);

    public string Name => DiskStage.StageName;

    public IReadOnlyList<string> After =>
        [.. root.Stages, .. new[] { pinnedBuilder, ToolSet.Image.Name }.Concat(image.After).Except(root.Stages).Distinct()];

    public void Describe(StageKey key) =>
        key.Add("image-builder", Revision)
            .Add("config", Sha256.Of(Config()))
            .Add("root", RootName)
            .Add("format", recipe.Disk.Format.ToString())
            .Add("compression", recipe.Disk.Compression.ToString())
            .Add("epoch", recipe.SourceDateEpoch);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        scope.Log.Warn(BootcFaults.MeasuredUnverified());
        EngineLog log = new(scope.Log);
        IContainerEngine engine = await access.OpenAsync(scope, cancellation).ConfigureAwait(false);
        if (!engine.Version.IsPodman)
            throw new FactoryException(BootcFaults.BuilderNeedsPodman(engine.Version.ToString()));
        EngineStorage storage = await engine.StorageAsync(cancellation).ConfigureAwait(false);
        if (storage.IsRootless)
            throw new FactoryException(BootcFaults.BuilderNeedsRoot());

        string layered = $"localhost/imagefactory/{recipe.Name}-classic:latest";
        scope.CleanUp.Register($"remove {layered}", token => engine.RemoveImageAsync(layered, token));
        await AddLayerAsync(engine, scope, await image.FindAgainAsync(engine, scope, log, cancellation).ConfigureAwait(false), layered, log, cancellation).ConfigureAwait(false);
        string made = await MakeAsync(engine, scope, storage, layered, log, cancellation).ConfigureAwait(false);
        await DeliverAsync(scope, made, cancellation).ConfigureAwait(false);
    }

    private string RootName => builder.Root.ToString().ToLowerInvariant();

    private byte[] Config() => builder.Config is { } file ? File.ReadAllBytes(file.FullPath) : Encoding.UTF8.GetBytes(DefaultConfig);

    private async Task AddLayerAsync(IContainerEngine engine, StageScope scope, string id, string tag, EngineLog log, CancellationToken cancellation)
    {
        TreeDelta delta = TreeDelta.Between(
            TarTreeReader.Read(System.In(scope), image.ShownAs, TarReadRules.Base, cancellation).Tree, root.Read(scope, image.ShownAs, cancellation), cancellation);
        scope.Log.Info($"{delta.Changed.Count} files and folders to write, {delta.Removed.Count} to remove");
        string tar = Path.Combine(scope.Work.FullName, Delta);
        await using (FileStream file = File.Create(tar, 1))
            TarTreeWriter.Write(delta.Changed, file, recipe.SourceDateEpoch, cancellation);

        StringBuilder containerfile = new($"FROM {id["sha256:".Length..]}\n");
        foreach (string[] some in delta.Removed.Chunk(200))
            containerfile.Append("RUN ").Append(JsonSerializer.Serialize<string[]>(["rm", "-rf", "--", .. some])).Append('\n');
        containerfile.Append("ADD ").Append(Delta).Append(" /\n");
        FileTree context = new();
        context.Put("/Containerfile", TreeEntry.Text(containerfile.ToString()));
        context.Put("/" + Delta, TreeEntry.File(new FileContent(tar, 0, new FileInfo(tar).Length)));
        await engine.BuildAsync(
            new ImageBuildCall { Context = stream => TarTreeWriter.Write(context, stream, recipe.SourceDateEpoch, cancellation), Containerfile = "Containerfile", Tag = tag }, log, cancellation)
            .ConfigureAwait(false);
    }

    /// <returns>The disk that the builder left.</returns>
    private async Task<string> MakeAsync(IContainerEngine engine, StageScope scope, EngineStorage storage, string layered, EngineLog log, CancellationToken cancellation)
    {
        PinnedImage pinned = PinnedImage.Read(scope.Inputs[pinnedBuilder]);
        string program = await access.BringAsync(engine, scope, pinned, log, cancellation).ConfigureAwait(false);
        string config = Path.Combine(scope.Work.FullName, "config.toml");
        await File.WriteAllBytesAsync(config, Config(), cancellation).ConfigureAwait(false);
        string output = Directory.CreateDirectory(Path.Combine(scope.Work.FullName, "output")).FullName;
        string store = Directory.CreateDirectory(Path.Combine(scope.Work.FullName, "store")).FullName;

        ContainerCall call = new(BootcSystemStage.NewName(), program)
        {
            Command = ["--type", "qcow2", "--rootfs", RootName, "--local", layered],
            Privileged = true,
            SecurityOptions = ["label=type:unconfined_t"],
            Mounts =
            [
                new ContainerMount(config, ConfigInContainer, ReadOnly: true),
                new ContainerMount(output, "/output"),
                new ContainerMount(store, "/store"),
                new ContainerMount(storage.Folder, ContainerStorage),
            ],
        };
        scope.CleanUp.Register($"remove the container {call.Name}", token => engine.RemoveContainerAsync(call.Name, token));
        await engine.CreateAsync(call, cancellation).ConfigureAwait(false);
        int code = await engine.RunAsync(call.Name, log, cancellation).ConfigureAwait(false);
        if (code != 0)
            throw new FactoryException(EngineFaults.ProgramFailed("bootc-image-builder", code, log.Lines).At(pinned.Reference));
        string disk = Path.Combine(output, DiskFile);
        if (!File.Exists(disk))
            throw new FactoryException(BootcFaults.NoDisk(pinned.Reference, DiskFile));
        Check(disk, pinned.Reference);
        return disk;
    }

    private static void Check(string disk, string builder)
    {
        try
        {
            using IExtentSource source = DiskImage.Open(disk);
            GptTable table = GptReader.Read(source, []);
            if (!table.Partitions.Any(p => p.Type == PartitionTypes.EfiSystem))
                throw new FactoryException(BootcFaults.BadDisk(builder, "it has no EFI system partition"));
            if (table.Partitions.Count < 2)
                throw new FactoryException(BootcFaults.BadDisk(builder, "it has no partition for a root file system"));
        }
        catch (FactoryException e) when (e.Faults.All(f => f.Code != "IFC321"))
        {
            throw new FactoryException(BootcFaults.BadDisk(builder, e.Faults[0].Message), e);
        }
    }

    private async Task DeliverAsync(StageScope scope, string made, CancellationToken cancellation)
    {
        Toolbox tools = new(scope.Inputs[ToolSet.Image.Name]);
        string target = scope.OutputFile(DiskStage.ImageFile(recipe.Disk));
        QcowConversion conversion = new(tools, scope.Log, KeptDiskStage.LengthOf(made));
        await scope.Programs.RunAsync(conversion.FromQcow2(recipe.Disk.Format, recipe.Disk.Compression, made, target), cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(DiskStage.FactsFile), CanonicalJson.Write(KeptDiskStage.Facts(target, recipe.Disk.Format)), cancellation).ConfigureAwait(false);
    }
}
