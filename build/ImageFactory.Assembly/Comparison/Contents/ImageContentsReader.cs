using ImageFactory.Assembly.Inspection;
using ImageFactory.Assembly.Sbom;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Comparison.Contents;

/// <summary>Reads what two images are compared by. A part that cannot be read is told; the others are still compared.</summary>
internal sealed class ImageContentsReader(IProgramRunner programs, Func<string, IReadOnlyList<string>, ProgramCall> tool)
{
    /// <param name="disk">Stays open as long as the contents are used.</param>
    /// <param name="shownAs">How its user named it.</param>
    /// <param name="work">Empty; keeps the files of the tree.</param>
    public async Task<ImageContents> ReadAsync(IExtentSource disk, string shownAs, DirectoryInfo work, CancellationToken cancellation)
    {
        List<Fault> faults = [];
        GptTable table = GptReader.Read(disk, faults);
        List<DiskPartition> partitions = [.. table.Partitions.Select((p, i) => DiskPartition.Open(disk, p, i + 1))];
        DiskPartition? esp = partitions.Find(p => p.Report.Type == PartitionTypes.EfiSystem && p.Report.Content == FileSystemKind.Fat);
        string? commandLine = esp is null ? null : Try(faults, () => EfiPrograms.In(esp.Source, faults).Where(p => p.HasKernel).ToList() is [UkiReport only] ? only.CommandLine : null);
        ImageContents contents = new() { Esp = esp?.Source, CommandLine = commandLine, Missing = [] };
        if (ImageInspector.FindRoot(partitions) is { } root)
            contents = await AddRootAsync(contents, root, work, faults, cancellation).ConfigureAwait(false);
        else
            faults.Add(InspectionFaults.NoRoot(shownAs));
        return contents with { Missing = [.. contents.Missing, .. faults.Select(f => $"{shownAs}: {f.Code}: {f.Message}")] };
    }

    private async Task<ImageContents> AddRootAsync(ImageContents contents, DiskPartition root, DirectoryInfo work, List<Fault> faults, CancellationToken cancellation)
    {
        if (root.Report.Content == FileSystemKind.Luks)
            return contents with { Missing = [$"{root.Source.Name}: the root file system is encrypted, so packages, files, units and policy in it cannot be seen"] };
        RootExtractor extractor = new(programs, tool, work);
        FileTree? tree = null;
        try
        {
            tree = await extractor.ReadAsync(root.Source, root.Report.Content, cancellation).ConfigureAwait(false);
            if (tree is null)
                faults.Add(InspectionFaults.UnreadFileSystem(root.Source.Name, root.Report.Content));
        }
        catch (FactoryException e)
        {
            faults.AddRange(e.Faults);
        }

        return tree is null ? contents : contents with
        {
            Tree = tree,
            KnowsOwners = extractor.KnowsOwners,
            Root = Try(faults, () => RootInspection.Of(tree, root.Report.Content!, extractor.KnowsModes)),
            Packages = Try(faults, () => InstalledPackages.Find(tree)),
        };
    }

    private static T? Try<T>(List<Fault> faults, Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (FactoryException e)
        {
            faults.AddRange(e.Faults);
            return null;
        }
    }
}
