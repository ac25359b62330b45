using ImageFactory.Assembly.Payload;
using ImageFactory.Assembly.Tree;
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
        return HostTreeReader.ReadExtracted(folder.FullName, partition.Name, cancellation);
    }

    private ProgramCall Call(string program, params string[] arguments) =>
        tool(program, arguments) with { WorkingDirectory = work.FullName };
}
