using ImageFactory.Assembly.Payload;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images;
using ImageFactory.Images.Erofs;
using ImageFactory.Images.Ext4;
using ImageFactory.Images.Extents;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Inspection;

/// <summary>Takes the files out of a root file system without mounting it, by the file system's own tools.</summary>
/// <param name="programs">Starts them.</param>
/// <param name="tool">Makes the call of a tool: its name and arguments.</param>
/// <param name="work">Empty, removed by the caller; needs as much room as the files take twice.</param>
internal sealed class RootExtractor(IProgramRunner programs, Func<string, IReadOnlyList<string>, ProgramCall> tool, DirectoryInfo work)
{
    private const string ImageName = "root.img";
    private const string FolderName = "root";

    /// <summary>The root file system as a tree, or null when it is of a kind that no tool here reads.</summary>
    public async Task<FileTree?> ReadAsync(IExtentSource partition, string? kind, CancellationToken cancellation)
    {
        ProgramCall? call = kind switch
        {
            FileSystemKind.Erofs => Call("fsck.erofs", $"--extract={FolderName}", "--no-preserve-owner", "--preserve-perms", ImageName),

            // The request is one argument that debugfs parses itself; the names in it are ours.
            FileSystemKind.Ext4 or "ext2" => Call("debugfs", "-R", $"rdump / {FolderName}", ImageName),
            _ => null,
        };
        if (call is null)
            return null;

        string image = Path.Combine(work.FullName, ImageName);
        await using (FileStream target = File.Create(image))
        {
            await SparseCopy.CopyAsync(partition, target, 0, cancellation).ConfigureAwait(false);
            target.SetLength(partition.Length);
        }

        DirectoryInfo folder = work.CreateSubdirectory(FolderName);
        await programs.RunAsync(call, cancellation).ConfigureAwait(false);
        File.Delete(image);
        if (!folder.EnumerateFileSystemInfos().Any())
            throw new FactoryException(InspectionFaults.NothingExtracted(partition.Name, call.Name));
        FileTree tree = HostTreeReader.ReadExtracted(folder.FullName, partition.Name, cancellation);
        KnowsOwners = AddOwners(tree, partition, kind == FileSystemKind.Erofs ? ErofsMetadata.Walk : Ext4Metadata.Walk);
        KnowsModes = KnowsOwners || kind == FileSystemKind.Erofs;
        return tree;
    }

    /// <summary>Whether the last tree has owners, all modes and extended attributes as they are in the file system: tools give some of them to root only, debugfs gives none.</summary>
    public bool KnowsOwners { get; private set; }

    /// <summary>Whether the last tree has all bits of modes, which debugfs drops.</summary>
    public bool KnowsModes { get; private set; }

    private static bool AddOwners(FileTree tree, IExtentSource partition, Func<IExtentSource, IEnumerable<FileSystemEntry>> walk)
    {
        Dictionary<string, FileSystemEntry> kept = new(StringComparer.Ordinal);
        try
        {
            foreach (FileSystemEntry entry in walk(partition))
                kept[entry.Path] = entry;
        }
        catch (FactoryException)
        {
            // Its own tool has just read it: what is left out here is told by whoever needs it.
            return false;
        }

        tree.ChangeAll((path, entry) => kept.TryGetValue(path, out FileSystemEntry? own)
            ? entry with { Mode = own.Mode & UnixMode.All, Uid = own.Uid, Gid = own.Gid, Xattrs = own.Xattrs }
            : entry);

        // Nodes and pipes are no files to a tool that copies files, or not to an ordinary user. Their numbers are not asked for.
        foreach (FileSystemEntry entry in kept.Values)
        {
            if (SpecialOf(entry.Mode) is { } special && tree.FindSelf(entry.Path) is null)
                tree.Put(entry.Path, new TreeEntry(special) { Mode = entry.Mode & UnixMode.All, Uid = entry.Uid, Gid = entry.Gid, Xattrs = entry.Xattrs });
        }

        return true;
    }

    /// <summary>By the type of a mode (stat(2)); null for what tools copy.</summary>
    private static TreeEntryType? SpecialOf(int mode) => (mode & 0xf000) switch
    {
        0x1000 => TreeEntryType.Fifo,
        0x2000 => TreeEntryType.CharacterDevice,
        0x6000 => TreeEntryType.BlockDevice,
        _ => null,
    };

    private ProgramCall Call(string program, params string[] arguments) =>
        tool(program, arguments) with { WorkingDirectory = work.FullName };
}
