using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Disk;

/// <summary>Puts EFI system partition, root and hash tree behind each other into a disk image. Nothing is mounted and no loop device used.</summary>
internal sealed class DiskStage(DiskSettings disk, Architecture architecture, DiskSeed seed, long epoch, long minimumSize) : IStage
{
    private const string Revision = "1";

    public const string StageName = "disk";
    public const string FactsFile = "disk.json";

    public string Name => StageName;

    public IReadOnlyList<string> After =>
        disk.Integrity == Integrity.Verity
            ? [UkiStage.StageName, RootImageStage.StageName, VerityStage.StageName, ToolSet.Image.Name]
            : [UkiStage.StageName, RootImageStage.StageName, ToolSet.Image.Name];

    /// <summary>Name of the image file in the output.</summary>
    public static string ImageFile(DiskSettings disk) => disk.Format == DiskFormat.Raw ? "podvm.raw" : "podvm.qcow2";

    public void Describe(StageKey key) =>
        key.Add("revision", Revision)
            .Add("format", disk.Format.ToString())
            .Add("compression", disk.Compression.ToString())
            .Add("minimum-size", minimumSize)
            .Add("disk-id", seed.Uuid("disk").ToString())
            .Add("esp", Convert.ToHexString(seed.Bytes("esp")))
            .Add("architecture", architecture.ToString())
            .Add("epoch", epoch);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        Toolbox tools = new(scope.Inputs[ToolSet.Image.Name]);
        string esp = Path.Combine(scope.Work.FullName, "esp.img");
        await EfiSystemPartition.MakeAsync(scope, tools, EspFiles(scope), esp, seed, epoch, cancellation).ConfigureAwait(false);

        List<(GptPartitionRequest Request, string Content)> parts = await PartsAsync(scope, esp, cancellation).ConfigureAwait(false);
        GptTable table = GptTable.Plan(seed.Uuid("disk"), parts.Select(p => p.Request), minimumSize);
        string image = scope.OutputFile(ImageFile(disk));
        List<(GptPartition Partition, string Content)> contents = [.. table.Partitions.Zip(parts, (partition, part) => (partition, part.Content))];
        if (disk.Format == DiskFormat.Raw)
        {
            await WriteRawAsync(table, contents, image, scope.Log, cancellation).ConfigureAwait(false);
        }
        else
        {
            string frame = Path.Combine(scope.Work.FullName, "frame.raw");
            await WriteRawAsync(table, [], frame, scope.Log, cancellation).ConfigureAwait(false);
            QcowConversion conversion = new(tools, scope.Log, table.DiskSize);
            await scope.Programs.RunAsync(conversion.FromParts(disk.Compression, BehindEachOther(frame, table, contents), image), cancellation).ConfigureAwait(false);
        }

        DiskFacts facts = new(
            disk.Format == DiskFormat.Raw ? "raw" : "qcow2",
            table.DiskSize,
            table.DiskId,
            [.. table.Partitions.Select(p => new PartitionFacts(p.Name, p.Type, p.Id, p.Offset, p.Length))]);
        await File.WriteAllTextAsync(scope.OutputFile(FactsFile), CanonicalJson.Write(facts), cancellation).ConfigureAwait(false);
    }

    private static async Task WriteRawAsync(GptTable table, List<(GptPartition Partition, string Content)> contents, string path, IStageLog log, CancellationToken cancellation)
    {
        await using FileStream file = new(path, FileMode.CreateNew, FileAccess.ReadWrite);
        file.SetLength(table.DiskSize);
        await GptWriter.WriteAsync(table, file, cancellation).ConfigureAwait(false);
        foreach ((GptPartition partition, string content) in contents)
        {
            using RawFileSource source = RawFileSource.Open(content);
            await SparseCopy.CopyAsync(source, file, partition.Offset, done => log.Progress(partition.Offset + done, table.DiskSize, "bytes"), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The contents of the partitions, and between them the frame: a disk that has nothing but the partition table.</summary>
    private static IEnumerable<RawPart> BehindEachOther(string frame, GptTable table, List<(GptPartition Partition, string Content)> contents)
    {
        long at = 0;
        foreach ((GptPartition partition, string content) in contents)
        {
            yield return new RawPart(frame, at, partition.Offset - at);
            long length = new FileInfo(content).Length;
            yield return new RawPart(content, 0, length);
            at = partition.Offset + length;
        }

        yield return new RawPart(frame, at, table.DiskSize - at);
    }

    private static Dictionary<string, string> EspFiles(StageScope scope)
    {
        string vendor = scope.Input(UkiStage.StageName, VendorUkiStage.EspFolder);
        return Directory.Exists(vendor)
            ? Directory.EnumerateFiles(vendor, "*", SearchOption.AllDirectories).ToDictionary(f => Path.GetRelativePath(vendor, f), f => f, StringComparer.Ordinal)
            : new Dictionary<string, string>(StringComparer.Ordinal) { [EfiSystemPartition.UkiPath] = scope.Input(UkiStage.StageName, UkiStage.ImageFile) };
    }

    private async Task<List<(GptPartitionRequest Request, string Content)>> PartsAsync(StageScope scope, string esp, CancellationToken cancellation)
    {
        string root = scope.Input(RootImageStage.StageName, RootImageStage.ImageFile);
        List<(GptPartitionRequest, string)> parts = [(new(PartitionTypes.EfiSystem, seed.Uuid("esp"), "esp", new FileInfo(esp).Length), esp)];
        if (disk.Integrity == Integrity.None)
        {
            parts.Add((new(PartitionTypes.Root(architecture), seed.Uuid("root-partition"), "root", new FileInfo(root).Length, GptAttributes.ReadOnly), root));
            return parts;
        }

        string hash = scope.Input(VerityStage.StageName, VerityStage.HashFile);
        VerityPartitionIds ids = VerityPartitionIds.From(await VerityStage.ReadRootHashAsync(scope, cancellation).ConfigureAwait(false));
        parts.Add((new(PartitionTypes.Root(architecture), ids.Root, "root", new FileInfo(root).Length, GptAttributes.ReadOnly), root));
        parts.Add((new(PartitionTypes.RootVerity(architecture), ids.Hash, "root-verity", new FileInfo(hash).Length, GptAttributes.ReadOnly), hash));
        return parts;
    }
}
