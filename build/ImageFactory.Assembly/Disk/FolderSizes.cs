namespace ImageFactory.Assembly.Disk;

/// <summary>Says in a few dozen lines where the bytes of a tree lie.</summary>
internal static class FolderSizes
{
    /// <summary>A folder with less than this part of all bytes is not told apart from its parent.</summary>
    private const int SmallestPart = 50;

    /// <param name="files">Absolute paths and sizes in bytes.</param>
    /// <returns>Bytes by folder. Each file counts in one folder alone: the deepest of those above it that hold a fiftieth of all bytes.</returns>
    public static SortedDictionary<string, long> Of(IEnumerable<(string Path, long Size)> files)
    {
        (string Folder, long Size)[] all = [.. files.Select(f => (f.Path[..Math.Max(1, f.Path.LastIndexOf('/'))], f.Size))];
        long total = all.Sum(f => f.Size);
        Dictionary<string, long> below = new(StringComparer.Ordinal);
        foreach ((string folder, long size) in all)
        {
            foreach (string above in Above(folder))
                below[above] = below.GetValueOrDefault(above) + size;
        }

        SortedDictionary<string, long> sizes = new(StringComparer.Ordinal);
        foreach ((string folder, long size) in all.Where(f => f.Size > 0))
        {
            string told = Above(folder).First(f => f == "/" || below[f] >= total / SmallestPart);
            sizes[told] = sizes.GetValueOrDefault(told) + size;
        }

        return sizes;
    }

    /// <summary>The folder itself, then those above it up to the root.</summary>
    private static IEnumerable<string> Above(string folder)
    {
        for (; folder != "/"; folder = folder[..Math.Max(1, folder.LastIndexOf('/'))])
            yield return folder;
        yield return "/";
    }
}
