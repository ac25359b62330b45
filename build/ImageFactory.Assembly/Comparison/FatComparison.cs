using ImageFactory.Images.Extents;
using ImageFactory.Images.Fat;
using ImageFactory.Images.Pe;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Comparison;

/// <summary>Names the files of two FAT file systems that differ, and of EFI programs the sections.</summary>
internal static class FatComparison
{
    public static IEnumerable<DiskDifference> Of(string place, IExtentSource one, IExtentSource other, CancellationToken cancellation)
    {
        FatFileSystem ours = FatFileSystem.Open(one);
        FatFileSystem theirs = FatFileSystem.Open(other);
        Dictionary<string, FatEntry> first = ours.Walk().Where(e => !e.IsFolder).ToDictionary(e => e.Path, StringComparer.OrdinalIgnoreCase);
        Dictionary<string, FatEntry> second = theirs.Walk().Where(e => !e.IsFolder).ToDictionary(e => e.Path, StringComparer.OrdinalIgnoreCase);
        foreach (string path in first.Keys.Union(second.Keys, StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal))
        {
            string name = $"{place}, /{path.TrimStart('/')}";
            if (!second.TryGetValue(path, out FatEntry? its))
                yield return new DiskDifference(name, "only in the first image");
            else if (!first.TryGetValue(path, out FatEntry? mine))
                yield return new DiskDifference(name, "only in the second image");
            else
                foreach (DiskDifference difference in OfFiles(name, ours.OpenFile(mine), theirs.OpenFile(its), cancellation))
                    yield return difference;
        }
    }

    private static DiskDifference[] OfFiles(string name, IExtentSource one, IExtentSource other, CancellationToken cancellation)
    {
        if (ByteDifference.Of(one, other, cancellation) is not { } whole)
            return [];
        DiskDifference[] sections = [.. Sections(name, one, other, cancellation)];
        return sections.Length > 0 ? sections : [new DiskDifference(name, whole.ToString())];
    }

    private static List<DiskDifference> Sections(string name, IExtentSource one, IExtentSource other, CancellationToken cancellation)
    {
        List<DiskDifference> found = [];
        try
        {
            (PeFile ours, PeFile theirs) = (PeFile.Read(one), PeFile.Read(other));
            foreach (PeSection section in ours.Sections)
            {
                if (theirs.Find(section.Name) is not { } its)
                    found.Add(new DiskDifference($"{name}, section {section.Name}", "only in the first image"));
                else if (ByteDifference.Of(ours.Content(section), theirs.Content(its), cancellation) is { } difference)
                    found.Add(new DiskDifference($"{name}, section {section.Name}", difference.ToString()));
            }
        }
        catch (FactoryException)
        {
            // No EFI program: the file as a whole is named.
        }

        return found;
    }
}
