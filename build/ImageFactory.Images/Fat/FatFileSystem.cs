using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Images.Fat;

/// <summary>
/// Reads a FAT12, FAT16 or FAT32 file system without mounting it. Names compare without regard to case, as firmware compares them.
/// The partition stays its owner's.
/// </summary>
public sealed class FatFileSystem
{
    /// <summary>Far more than an EFI system partition holds; a made-up tree ends here.</summary>
    private const int MaximumEntries = 65536;

    private readonly IExtentSource partition;
    private readonly FatGeometry geometry;
    private readonly FatTable table;

    private FatFileSystem(IExtentSource partition, FatGeometry geometry)
    {
        this.partition = partition;
        this.geometry = geometry;
        table = new FatTable(partition, geometry);
    }

    /// <exception cref="FactoryException">IFI501: not a FAT file system. IFI502: its boot sector is wrong.</exception>
    public static FatFileSystem Open(IExtentSource partition) => new(partition, FatGeometry.Read(partition));

    /// <summary>The entries of the root folder, in the order they are stored.</summary>
    /// <exception cref="FactoryException">IFI502: the folder is damaged.</exception>
    public IReadOnlyList<FatEntry> List() => List([]);

    /// <summary>The entries of a folder; a file has none.</summary>
    /// <exception cref="FactoryException">IFI502: the folder is damaged.</exception>
    public IReadOnlyList<FatEntry> List(FatEntry folder) => List(folder, []);

    /// <summary>All files and folders, parents before what is in them.</summary>
    /// <exception cref="FactoryException">IFI502: a folder is damaged, or occurs within itself.</exception>
    public IEnumerable<FatEntry> Walk()
    {
        HashSet<uint> clusters = [];
        Stack<FatEntry> waiting = new(List(clusters).Reverse());
        int count = 0;
        while (waiting.TryPop(out FatEntry? entry))
        {
            if (++count > MaximumEntries)
                throw FatFaults.Malformed(partition.Name, geometry.DataOffset, $"there are more than {MaximumEntries} files and folders").Raise();
            yield return entry;
            foreach (FatEntry child in List(entry, clusters).Reverse())
                waiting.Push(child);
        }
    }

    /// <summary>The entry of a path with slashes or backslashes, or null.</summary>
    /// <exception cref="FactoryException">IFI502: a folder on the way is damaged.</exception>
    public FatEntry? Find(string path)
    {
        FatEntry? found = null;
        foreach (string name in path.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries))
        {
            IReadOnlyList<FatEntry> entries = found is null ? List() : List(found);
            found = entries.FirstOrDefault(entry => string.Equals(entry.Name, name, StringComparison.OrdinalIgnoreCase));
            if (found is null)
                return null;
        }

        return found;
    }

    /// <summary>The content of a file, read on demand.</summary>
    /// <exception cref="FactoryException">IFI502: its chain is damaged. IFI503: it is a folder.</exception>
    public IExtentSource OpenFile(FatEntry file)
    {
        if (file.IsFolder)
            throw FatFaults.NotAFile(partition.Name, Printable.Text(file.Path)).Raise();
        long needed = (file.Size + geometry.ClusterSize - 1) / geometry.ClusterSize;
        List<uint> clusters = [];
        if (needed > geometry.Clusters)
            throw FatFaults.Malformed(partition.Name, geometry.TableOffset, $"{Printable.Text(file.Path)} claims {file.Size} bytes, more than the file system has").Raise();
        if (needed > 0)
            clusters.AddRange(table.Chain(file.FirstCluster, geometry.Clusters).Take((int)needed));
        if (clusters.Count < needed)
            throw FatFaults.Malformed(partition.Name, geometry.TableOffset, $"{Printable.Text(file.Path)} has {file.Size} bytes, its chain only {clusters.Count} clusters").Raise();
        return new ClusterSource(partition, $"{partition.Name}:{Printable.Text(file.Path)}", clusters, geometry, file.Size);
    }

    private IReadOnlyList<FatEntry> List(HashSet<uint> clusters)
    {
        byte[] root = geometry.RootCluster is uint first ? ReadChain(first, clusters) : partition.ReadBytes(geometry.RootOffset, geometry.RootSize);
        return FatFolder.Parse(root, "", geometry.RootCluster is not null);
    }

    private IReadOnlyList<FatEntry> List(FatEntry folder, HashSet<uint> clusters) =>
        folder.IsFolder ? FatFolder.Parse(ReadChain(folder.FirstCluster, clusters), folder.Path, geometry.RootCluster is not null) : [];

    /// <summary>Reads a folder. <paramref name="clusters"/> are those of the folders before: none belongs to two, which also ends circles.</summary>
    private byte[] ReadChain(uint first, HashSet<uint> clusters)
    {
        long limit = Math.Max(1, FatFolder.MaximumSize / geometry.ClusterSize);
        MemoryStream bytes = new();
        foreach (uint cluster in table.Chain(first, limit))
        {
            if (!clusters.Add(cluster))
                throw FatFaults.Malformed(partition.Name, geometry.OffsetOf(cluster), $"cluster {cluster} belongs to two folders, or a folder to itself").Raise();
            bytes.Write(partition.ReadBytes(geometry.OffsetOf(cluster), geometry.ClusterSize));
        }

        return bytes.ToArray();
    }
}
