using System.Globalization;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Disk;

/// <summary>Writes the root file system from the tree, without mounting anything.</summary>
internal sealed class RootImageStage(AssembledRoot root, DiskSettings disk, DiskSeed seed, long epoch) : IStage
{
    private const string Revision = "4";

    public const string StageName = "root-image";
    public const string ImageFile = "root.img";

    public string Name => StageName;

    public IReadOnlyList<string> After => [.. root.Stages, ToolSet.Image.Name];

    public void Describe(StageKey key) =>
        key.Add("revision", Revision)
            .Add("file-system", disk.Root.ToString())
            .Add("compression", disk.Root == RootFileSystem.Erofs ? disk.RootCompression.ToString() : "none")
            .Add("uuid", seed.Uuid("root").ToString())
            .Add("epoch", epoch);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        FileTree tree = root.Read(scope, "the root file system", cancellation);
        string image = scope.OutputFile(ImageFile);
        Toolbox tools = new(scope.Inputs[ToolSet.Image.Name]);
        if (disk.Root == RootFileSystem.Erofs)
        {
            // The tar is made while it is read: nobody else needs it.
            ProgramCall call = Erofs(tools, image) with { WriteInput = pipe => TarTreeWriter.Write(tree, pipe, epoch, cancellation) };
            await scope.Programs.RunAsync(call, cancellation).ConfigureAwait(false);
            return;
        }

        string tar = Path.Combine(scope.Work.FullName, "root.tar");
        await using (FileStream file = File.Create(tar, 1))
            TarTreeWriter.Write(tree, file, epoch, cancellation);
        Ext4Xattrs xattrs = new(tree);
        ProgramCall mke2fs = Ext4(tools, tar, image, xattrs.Room);
        await scope.Programs.RunAsync(mke2fs, cancellation).ConfigureAwait(false);
        File.Delete(tar);
        await xattrs.SetAsync(scope, tools, image, mke2fs.Environment, cancellation).ConfigureAwait(false);
    }

    private ProgramCall Erofs(Toolbox tools, string image)
    {
        List<string> arguments = ["--quiet", "--tar=f", "-T", epoch.ToString(CultureInfo.InvariantCulture), "--all-time", "-U", seed.Uuid("root").ToString()];
        string? compression = disk.RootCompression switch
        {
            RootCompression.Lz4hc => "lz4hc,level=6",
            RootCompression.Lz4 => "lz4",
            RootCompression.Zstd => "zstd,level=3",
            _ => null,
        };
        if (compression is not null)
            arguments.Add("-z" + compression);
        return tools.Call("mkfs.erofs", [.. arguments, image]);
    }

    private ProgramCall Ext4(Toolbox tools, string tar, string image, long xattrs)
    {
        string uuid = seed.Uuid("root").ToString();
        ProgramCall call = tools.Call("mke2fs", [
            "-q", "-t", "ext4", "-d", tar, "-U", uuid, "-L", "root", "-m", "0", "-b", "4096",
            // Without a journal and with the inode tables written, nothing is left to do for a kernel that may not write.
            "-O", "^has_journal,^resize_inode", "-E", $"hash_seed={seed.Uuid("hash-seed")},lazy_itable_init=0,root_owner=0:0,nodiscard",
            image, ((Ext4Size(tar) + xattrs + 1023) / 1024).ToString(CultureInfo.InvariantCulture) + "k",
        ]);
        return call with
        {
            Environment = new Dictionary<string, string>(call.Environment)
            {
                ["SOURCE_DATE_EPOCH"] = epoch.ToString(CultureInfo.InvariantCulture),
                ["E2FSPROGS_FAKE_TIME"] = epoch.ToString(CultureInfo.InvariantCulture),
            },
        };
    }

    /// <summary>
    /// Room for the tar's content rounded to blocks (its headers pay for part of that), for inodes of 256 bytes at one per
    /// 16 KiB, and 8 % for tables and folders; mke2fs says so when it is too little.
    /// </summary>
    private static long Ext4Size(string tar) => (new FileInfo(tar).Length * 118 / 100) + (16 << 20);
}
