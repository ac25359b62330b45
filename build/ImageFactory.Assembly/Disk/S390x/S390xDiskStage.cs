using ImageFactory.Assembly.Bases;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;
using ImageFactory.SecureExecution.Boot;

namespace ImageFactory.Assembly.Disk.S390x;

/// <summary>
/// Puts boot partition and root behind each other into a disk image that s390x starts: with the Secure Execution image, or with kernel, initrd
/// and command line in plain sight. The boot record is written here; no zipl, no loop device.
/// </summary>
internal sealed class S390xDiskStage(Recipe recipe, DiskSeed seed, StageFile kernel, StageFile initrd, StageFile kernelVersion) : IStage
{
    private const string Revision = "1";

    public const string BootFactsFile = "boot.json";

    private bool Secure => recipe.SecureExecution is not null;

    private bool Verified => recipe.RootProtection == RootProtection.Verity;

    public string Name => DiskStage.StageName;

    public IReadOnlyList<string> After =>
    [
        .. new[] { LoadersStage.StageName, ToolSet.Image.Name }
            .Concat(Secure ? [SecureStage.StageName] : [kernel.Stage, initrd.Stage, kernelVersion.Stage])
            .Concat(recipe.RootProtection == RootProtection.Luks ? [] : [RootImageStage.StageName])
            .Concat(Verified ? [VerityStage.StageName] : [])
            .Distinct(),
    ];

    public void Describe(StageKey key) =>
        key.Add("revision", Revision)
            .Add("format", recipe.Disk.Format.ToString())
            .Add("compression", recipe.Disk.Compression.ToString())
            .Add("minimum-size", ByteCount.Parse(recipe.Disk.Size))
            .Add("command-line", KernelCommandLine.Of(recipe, null, seed))
            .Add("root", recipe.RootProtection.ToString())
            .Add("disk-id", seed.Uuid("disk").ToString())
            .Add("epoch", recipe.SourceDateEpoch);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        Toolbox tools = new(scope.Inputs[ToolSet.Image.Name]);
        string boot = Path.Combine(scope.Work.FullName, "boot.img");
        Dictionary<string, string> files = Secure
            ? new() { [SecureStage.ImageFile] = scope.Input(SecureStage.StageName, SecureStage.ImageFile) }
            : new() { ["vmlinuz"] = kernel.In(scope), ["initrd.img"] = initrd.In(scope) };
        await BootPartition.MakeAsync(scope, tools, files, Secure ? "boot-se" : "boot", boot, seed, recipe.SourceDateEpoch, cancellation).ConfigureAwait(false);

        Sha256? rootHash = Verified ? await VerityStage.ReadRootHashAsync(scope, cancellation).ConfigureAwait(false) : null;
        List<(GptPartitionRequest Request, string Content)> parts = Parts(scope, boot, rootHash);
        GptTable table = GptTable.Plan(seed.Uuid("disk"), parts.Select(p => p.Request), ByteCount.Parse(recipe.Disk.Size));
        string image = scope.OutputFile(DiskStage.ImageFile(recipe.Disk));
        string raw = recipe.Disk.Format == DiskFormat.Raw ? image : Path.Combine(scope.Work.FullName, "disk.raw");
        await using (FileStream file = new(raw, FileMode.CreateNew, FileAccess.ReadWrite))
        {
            await FillAsync(file, table, parts, scope.Log, cancellation).ConfigureAwait(false);
            BootRecordWriter.Write(file, image, Record(scope, rootHash));
        }

        if (recipe.Disk.Format == DiskFormat.Qcow2)
            await scope.Programs.RunAsync(new QcowConversion(tools, scope.Log, table.DiskSize).FromRaw(CompressionOfAll, raw, image), cancellation).ConfigureAwait(false);

        DiskFacts facts = new(
            recipe.Disk.Format == DiskFormat.Raw ? "raw" : "qcow2",
            table.DiskSize,
            table.DiskId,
            [.. table.Partitions.Select(p => new PartitionFacts(p.Name, p.Type, p.Id, p.Offset, p.Length))]);
        await File.WriteAllTextAsync(scope.OutputFile(DiskStage.FactsFile), CanonicalJson.Write(facts), cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(BootFactsFile), CanonicalJson.Write(await BootFactsAsync(scope, rootHash, cancellation).ConfigureAwait(false)), cancellation).ConfigureAwait(false);
    }

    /// <summary>What is encrypted does not get smaller, so nobody waits for it.</summary>
    private ClusterCompression CompressionOfAll => recipe.RootProtection == RootProtection.Luks ? ClusterCompression.None : recipe.Disk.Compression;

    private List<(GptPartitionRequest Request, string Content)> Parts(StageScope scope, string boot, Sha256? rootHash)
    {
        // Any type but that of an EFI system partition, which systemd would try to mount; the firmware does not look at types.
        List<(GptPartitionRequest, string)> parts = [(new(PartitionTypes.LinuxGeneric, seed.Uuid("boot-partition"), Secure ? "boot-se" : "boot", Length(boot), GptAttributes.ReadOnly), boot)];
        if (recipe.RootProtection == RootProtection.Luks)
        {
            string container = scope.Input(SecureStage.StageName, SecureStage.RootFile);
            parts.Add((new(PartitionTypes.Luks, seed.Uuid("root-partition"), "root", Length(container), GptAttributes.ReadOnly), container));
            return parts;
        }

        string root = scope.Input(RootImageStage.StageName, RootImageStage.ImageFile);
        if (rootHash is not { } hash)
        {
            parts.Add((new(PartitionTypes.RootS390x, seed.Uuid("root-partition"), "root", Length(root), GptAttributes.ReadOnly), root));
            return parts;
        }

        VerityPartitionIds ids = VerityPartitionIds.From(hash);
        string tree = scope.Input(VerityStage.StageName, VerityStage.HashFile);
        parts.Add((new(PartitionTypes.RootS390x, ids.Root, "root", Length(root), GptAttributes.ReadOnly), root));
        parts.Add((new(PartitionTypes.RootVerityS390x, ids.Hash, "root-verity", Length(tree), GptAttributes.ReadOnly), tree));
        return parts;
    }

    private static async Task FillAsync(FileStream disk, GptTable table, List<(GptPartitionRequest Request, string Content)> parts, IStageLog log, CancellationToken cancellation)
    {
        disk.SetLength(table.DiskSize);
        await GptWriter.WriteAsync(table, disk, cancellation).ConfigureAwait(false);
        foreach ((GptPartition partition, (_, string content)) in table.Partitions.Zip(parts))
        {
            using RawFileSource source = RawFileSource.Open(content);
            await SparseCopy.CopyAsync(source, disk, partition.Offset, done => log.Progress(partition.Offset + done, table.DiskSize, "bytes"), cancellation).ConfigureAwait(false);
        }
    }

    private BootRecordRequest Record(StageScope scope, Sha256? rootHash)
    {
        BootRecordRequest request = new() { Stage3 = scope.Input(LoadersStage.StageName, LoadersStage.Stage3), BootMapFile = BootPartition.BootMap };
        return Secure
            ? request with { ImageFile = SecureStage.ImageFile }
            : request with { ImageFile = "vmlinuz", RamdiskFile = "initrd.img", CommandLine = KernelCommandLine.Of(recipe, rootHash, seed) };
    }

    private async Task<BootFacts> BootFactsAsync(StageScope scope, Sha256? rootHash, CancellationToken cancellation)
    {
        if (Secure)
        {
            SecureExecutionFacts secure = SecureStage.ReadFacts(scope.Inputs[SecureStage.StageName]);
            return new BootFacts(secure.CommandLine, rootHash?.Hex, secure.KernelVersion, null, null);
        }

        return new BootFacts(
            KernelCommandLine.Of(recipe, rootHash, seed),
            rootHash?.Hex,
            (await File.ReadAllTextAsync(kernelVersion.In(scope), cancellation).ConfigureAwait(false)).Trim(),
            await Sha256.OfFileAsync(kernel.In(scope), cancellation).ConfigureAwait(false),
            await Sha256.OfFileAsync(initrd.In(scope), cancellation).ConfigureAwait(false));
    }

    private static long Length(string file) => new FileInfo(file).Length;
}
