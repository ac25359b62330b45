using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Disk;

/// <summary>
/// Writes what the layers changed in the tree back into the disk the system came from, which keeps its partitions, file systems and boot loader.
/// Only the difference is written, so the rest of the disk stays as its publisher made it.
/// </summary>
/// <param name="disk">The disk, never written to itself.</param>
/// <param name="before">The tree as it was on the disk.</param>
internal sealed class KeptDiskStage(DiskSettings settings, Architecture architecture, StageFile disk, StageFile before, long epoch) : IStage
{
    private const string Revision = "1";

    private readonly AssembledRoot root = new(before);

    public string Name => DiskStage.StageName;

    public IReadOnlyList<string> After => [.. new[] { disk.Stage, ToolSet.Image.Name }.Concat(root.Stages).Distinct()];

    public void Describe(StageKey key) =>
        key.Add("kept-disk", Revision).Add("format", settings.Format.ToString()).Add("compression", settings.Compression.ToString()).Add("epoch", epoch);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        scope.Log.Warn(GuestFaults.MeasuredUnverified());
        Toolbox tools = new(scope.Inputs[ToolSet.Image.Name]);
        string source = disk.In(scope);
        string overlay = Path.Combine(scope.Work.FullName, "overlay.qcow2");
        await scope.Programs.RunAsync(tools.Call("qemu-img", ["create", "-q", "-f", "qcow2", "-b", source, "-F", Guest.FormatOf(source), overlay]), cancellation).ConfigureAwait(false);

        TreeDelta delta = TreeDelta.Between(
            TarTreeReader.Read(before.In(scope), "the system's root file system", TarReadRules.Base, cancellation).Tree, root.Read(scope, "the new root file system", cancellation), cancellation);
        scope.Log.Info($"{delta.Changed.Count} files and folders to write, {delta.Removed.Count} to remove");
        if (!delta.IsEmpty)
            await WriteAsync(scope, overlay, delta, cancellation).ConfigureAwait(false);

        string image = scope.OutputFile(DiskStage.ImageFile(settings));
        QcowConversion conversion = new(tools, scope.Log, LengthOf(source));
        await scope.Programs.RunAsync(conversion.FromQcow2(settings.Format, settings.Compression, overlay, image), cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(DiskStage.FactsFile), CanonicalJson.Write(Facts(image, settings.Format)), cancellation).ConfigureAwait(false);
    }

    internal static long LengthOf(string image)
    {
        using IExtentSource disk = DiskImage.Open(image);
        return disk.Length;
    }

    private async Task WriteAsync(StageScope scope, string overlay, TreeDelta delta, CancellationToken cancellation)
    {
        string tar = Path.Combine(scope.Work.FullName, "delta.tar");
        await using (FileStream file = File.Create(tar, 1))
            TarTreeWriter.Write(delta.Changed, file, epoch, cancellation);
        using Guest guest = await Guest.OpenAsync(scope, overlay, architecture, readOnly: false, network: false, cancellation).ConfigureAwait(false);
        await guest.DoAsync(async g =>
        {
            foreach (string path in delta.Removed)
                g.Remove(path);
            await g.TarInAsync(tar, "/", cancellation: cancellation).ConfigureAwait(false);
            await g.ShutdownAsync(cancellation).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    /// <summary>What a disk of somebody else's layout consists of.</summary>
    internal static DiskFacts Facts(string image, DiskFormat imageFormat)
    {
        using IExtentSource source = DiskImage.Open(image);
        string format = imageFormat == DiskFormat.Raw ? "raw" : "qcow2";
        try
        {
            GptTable table = GptReader.Read(source, []);
            return new DiskFacts(format, source.Length, table.DiskId, [.. table.Partitions.Select(p => new PartitionFacts(p.Name, p.Type, p.Id, p.Offset, p.Length))]);
        }
        catch (FactoryException)
        {
            // A disk with an MBR has none of these names.
            return new DiskFacts(format, source.Length, Guid.Empty, []);
        }
    }
}
