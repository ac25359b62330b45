using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Inspection;

/// <summary>Looks into a disk image without starting or mounting it.</summary>
/// <param name="programs">Starts the tools of file systems.</param>
/// <param name="tool">Makes the call of a tool: its name and arguments.</param>
public sealed class ImageInspector(IProgramRunner programs, Func<string, IReadOnlyList<string>, ProgramCall> tool)
{
    /// <param name="path">A raw or qcow2 image, or another that is read.</param>
    /// <param name="shownAs">How its user named it.</param>
    /// <param name="work">An empty folder, removed by the caller.</param>
    /// <exception cref="FactoryException">The image cannot be read at all. What is wrong with parts of it is in the report.</exception>
    public async Task<ImageReport> InspectAsync(string path, string shownAs, DirectoryInfo work, CancellationToken cancellation)
    {
        using IExtentSource disk = DiskImage.Open(path);
        List<Fault> faults = [];
        GptTable table = GptReader.Read(disk, faults);
        List<DiskPartition> partitions = [.. table.Partitions.Select((p, i) => DiskPartition.Open(disk, p, i + 1))];
        List<UkiReport> programsFound = [];
        foreach (DiskPartition esp in partitions.Where(p => p.Report.Type == PartitionTypes.EfiSystem))
            Look(faults, () => programsFound.AddRange(EfiPrograms.In(esp.Source, faults)));

        ImageReport report = new()
        {
            File = shownAs,
            Format = DiskFormatName.Of(disk),
            FileSize = new FileInfo(path).Length,
            VirtualSize = disk.Length,
            Partitions = [.. partitions.Select(p => p.Report)],
            Programs = programsFound,
        };
        DiskPartition? root = FindRoot(partitions);
        DiskPartition? hashes = partitions.Find(p => p.IsHashes);
        if (root is null)
            return report with { Faults = [.. faults, InspectionFaults.NoRoot(shownAs)] };

        report = report with { Verity = await VerityOfAsync(report.Uki?.CommandLine, root, hashes, faults, cancellation).ConfigureAwait(false) };
        report = report with { Root = await RootOfAsync(root, work, faults, cancellation).ConfigureAwait(false) };
        return report with { Faults = faults };
    }

    /// <summary>By its type; else the largest with a file system that a root can be.</summary>
    internal static DiskPartition? FindRoot(List<DiskPartition> partitions) =>
        partitions.Find(p => p.IsRoot)
        ?? partitions.Where(p => p.Report.Content is not (null or FileSystemKind.Fat or FileSystemKind.Verity)).MaxBy(p => p.Report.Length);

    private static async Task<VerityReport?> VerityOfAsync(
        string? commandLine, DiskPartition root, DiskPartition? hashes, List<Fault> faults, CancellationToken cancellation)
    {
        Sha256? expected = VerityInspection.RootHashOf(commandLine);
        VerityReport? without = expected is null ? null : new VerityReport { OnCommandLine = expected };
        if (hashes is null)
            return without;
        try
        {
            VerityPartitionIds ids = new(root.Report.Id, hashes.Report.Id);
            return await VerityInspection.OfAsync(commandLine, root.Source, hashes.Source, ids, cancellation).ConfigureAwait(false);
        }
        catch (FactoryException e)
        {
            faults.AddRange(e.Faults);
            return without;
        }
    }

    private async Task<RootReport?> RootOfAsync(DiskPartition root, DirectoryInfo work, List<Fault> faults, CancellationToken cancellation)
    {
        try
        {
            RootExtractor extractor = new(programs, tool, work);
            if (await extractor.ReadAsync(root.Source, root.Report.Content, cancellation).ConfigureAwait(false) is { } tree)
                return RootInspection.Of(tree, root.Report.Content!, extractor.KnowsModes);
            faults.Add(InspectionFaults.UnreadFileSystem(root.Source.Name, root.Report.Content));
        }
        catch (FactoryException e)
        {
            faults.AddRange(e.Faults);
        }

        return null;
    }

    /// <summary>A part that cannot be read is told; the others are still looked at.</summary>
    private static void Look(List<Fault> faults, Action look)
    {
        try
        {
            look();
        }
        catch (FactoryException e)
        {
            faults.AddRange(e.Faults);
        }
    }
}
