using System.Globalization;
using ImageFactory.Assembly.Tree;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Disk.S390x;

/// <summary>The ext4 boot partition: the files that the boot loader reads by their blocks, and room for the map of those blocks.</summary>
internal static class BootPartition
{
    public const string BootMap = "bootmap";

    /// <summary>Enough for the map of a file in some hundred pieces; mke2fs makes one to four.</summary>
    private const int BootMapSize = 64 << 10;

    /// <param name="files">Name in the root of the partition → file on this machine.</param>
    public static async Task MakeAsync(
        StageScope scope, Toolbox tools, IReadOnlyDictionary<string, string> files, string label, string partition, DiskSeed seed, long epoch, CancellationToken cancellation)
    {
        FileTree tree = new();
        foreach ((string name, string path) in files)
            tree.Put("/" + name, TreeEntry.File(new FileContent(path, 0, new FileInfo(path).Length), UnixMode.Secret));
        // Zeros would become a hole, and nothing could be written there later.
        byte[] placeholder = new byte[BootMapSize];
        placeholder.AsSpan().Fill(0xff);
        tree.Put("/" + BootMap, TreeEntry.File(new InlineContent(placeholder), UnixMode.Secret));

        string tar = Path.Combine(scope.Work.FullName, "boot.tar");
        await using (FileStream file = File.Create(tar, 1))
            TarTreeWriter.Write(tree, file, epoch, cancellation);

        string seconds = epoch.ToString(CultureInfo.InvariantCulture);
        ProgramCall call = tools.Call("mke2fs", [
            "-q", "-t", "ext4", "-d", tar, "-U", seed.Uuid("boot").ToString(), "-L", label, "-m", "0", "-b", "4096", "-N", "64",
            "-O", "^has_journal,^resize_inode", "-E", $"hash_seed={seed.Uuid("boot-hash")},lazy_itable_init=0,root_owner=0:0,nodiscard",
            partition, (SizeFor(files.Values.Sum(f => new FileInfo(f).Length)) >> 10).ToString(CultureInfo.InvariantCulture) + "k",
        ]);
        await scope.Programs.RunAsync(
            call with
            {
                Environment = new Dictionary<string, string>(call.Environment) { ["SOURCE_DATE_EPOCH"] = seconds, ["E2FSPROGS_FAKE_TIME"] = seconds },
            },
            cancellation).ConfigureAwait(false);
    }

    /// <summary>Whole MiB: the files, the map, and 2 % and 2 MiB for tables.</summary>
    private static long SizeFor(long content)
    {
        const long Mebibyte = 1 << 20;
        return (content + (content / 50) + BootMapSize + (2 * Mebibyte) + Mebibyte - 1) / Mebibyte * Mebibyte;
    }
}
