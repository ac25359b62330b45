using System.Globalization;
using ImageFactory.Assembly.Inspection;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Comparison;

/// <summary>Says where two disk images differ, from the partition table down to files and sections of EFI programs. The images may be of different formats: their content counts.</summary>
/// <param name="programs">Starts the tools of file systems.</param>
/// <param name="tool">Makes the call of a tool: its name and arguments.</param>
public sealed class DiskComparer(IProgramRunner programs, Func<string, IReadOnlyList<string>, ProgramCall> tool)
{
    /// <param name="work">An empty folder, removed by the caller.</param>
    /// <returns>In the order of the disk; empty when they are the same.</returns>
    /// <exception cref="FactoryException">An image cannot be read.</exception>
    public async Task<IReadOnlyList<DiskDifference>> CompareAsync(string first, string second, DirectoryInfo work, CancellationToken cancellation)
    {
        using IExtentSource one = DiskImage.Open(first);
        using IExtentSource other = DiskImage.Open(second);
        if (ByteDifference.Of(one, other, cancellation) is not { } whole)
            return [];
        GptPartition[] ours = [.. GptReader.Read(one, []).Partitions];
        GptPartition[] theirs = [.. GptReader.Read(other, []).Partitions];
        List<DiskDifference> found = [.. OfTables(ours, theirs)];
        for (int i = 0; i < Math.Min(ours.Length, theirs.Length); i++)
        {
            string place = $"partition {i + 1} ({ours[i].Name})";
            DiskPartition mine = DiskPartition.Open(one, ours[i], i + 1);
            DiskPartition its = DiskPartition.Open(other, theirs[i], i + 1);
            if (ByteDifference.Of(mine.Source, its.Source, cancellation) is not { } bytes)
                continue;
            DiskDifference[] inside = [.. await InsideAsync(place, mine, its, work, cancellation).ConfigureAwait(false)];
            found.AddRange(inside.Length > 0 ? inside : [new DiskDifference(place, bytes + Remark(mine.Report.Content))]);
        }

        return found.Count > 0 ? found : [new DiskDifference("partition table and gaps between partitions", whole.ToString())];
    }

    private static string Remark(string? content) => content switch
    {
        FileSystemKind.Fat => "; no file differs, so it is in what the file system keeps of them",
        FileSystemKind.Erofs or FileSystemKind.Ext4 => "; all files are the same, so it is in times or the file system's own layout",
        _ => "",
    };

    private static IEnumerable<DiskDifference> OfTables(GptPartition[] ours, GptPartition[] theirs)
    {
        for (int i = 0; i < Math.Max(ours.Length, theirs.Length); i++)
        {
            string place = $"partition table, entry {i + 1}";
            if (i >= theirs.Length)
                yield return new DiskDifference(place, "only in the first image");
            else if (i >= ours.Length)
                yield return new DiskDifference(place, "only in the second image");
            else if (string.Join("; ", OfEntries(ours[i], theirs[i])) is { Length: > 0 } what)
                yield return new DiskDifference(place, what);
        }
    }

    private static IEnumerable<string> OfEntries(GptPartition one, GptPartition other)
    {
        if (one.Name != other.Name)
            yield return $"name {one.Name} against {other.Name}";
        if (one.Type != other.Type)
            yield return $"type {one.Type} against {other.Type}";
        if (one.Id != other.Id)
            yield return $"id {one.Id} against {other.Id}";
        if ((one.Offset, one.Length) != (other.Offset, other.Length))
            yield return string.Create(CultureInfo.InvariantCulture, $"{one.Length} bytes at {one.Offset} against {other.Length} at {other.Offset}");
        if (one.Attributes != other.Attributes)
            yield return $"attributes {one.Attributes} against {other.Attributes}";
    }

    private async Task<IEnumerable<DiskDifference>> InsideAsync(string place, DiskPartition one, DiskPartition other, DirectoryInfo work, CancellationToken cancellation)
    {
        if (one.Report.Content != other.Report.Content)
            return [new DiskDifference(place, $"{one.Report.Content ?? "unknown content"} against {other.Report.Content ?? "unknown content"}")];
        if (one.Report.Content == FileSystemKind.Fat)
            return FatComparison.Of(place, one.Source, other.Source, cancellation);
        FileTree? first = await ReadAsync(one, work.CreateSubdirectory($"{one.Report.Number}-first"), cancellation).ConfigureAwait(false);
        FileTree? second = first is null ? null : await ReadAsync(other, work.CreateSubdirectory($"{one.Report.Number}-second"), cancellation).ConfigureAwait(false);
        return first is null || second is null ? [] : TreeComparison.Of(first, second).Select(c => new DiskDifference($"{place}, {c.Path}", InWords(c)));
    }

    private static string InWords(FileChange change) => change.Kind switch
    {
        ChangeKind.Added => "only in the second image",
        ChangeKind.Removed => "only in the first image",
        _ => string.Join("; ", change.What),
    };

    private Task<FileTree?> ReadAsync(DiskPartition partition, DirectoryInfo work, CancellationToken cancellation) =>
        new RootExtractor(programs, tool, work).ReadAsync(partition.Source, partition.Report.Content, cancellation);
}
