using ImageFactory.Assembly.SystemSetup;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Images.Pe;
using ImageFactory.Images.Uki;
using ImageFactory.Images.Verity;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tests.Inspection;

/// <summary>Makes whole disks with the tools of others: ESP with one UKI, erofs root, hash tree.</summary>
internal sealed class TestDisk(TemporaryFolder folder)
{
    private const string Stub = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub";
    private const long Epoch = 1_750_000_000;

    /// <summary>Where the UKI lies a second time, for mtools.</summary>
    public string? SecondKernel { get; init; }

    public string Arguments { get; init; } = "systemd.volatile=overlay";

    /// <summary>What is put into the root beside the usual.</summary>
    public Action<FileTree>? Change { get; init; }

    /// <summary>The root file system instead of the one that is made.</summary>
    public byte[]? Root { get; init; }

    public string SystemName { get; init; } = "Test OS";

    public async Task<string> MakeAsync()
    {
        Assert.SkipUnless(File.Exists(Stub), "systemd's EFI stub is not installed");
        string erofs = Root is null ? MakeRoot() : folder.Write("root.erofs", Root);
        Sha256 rootHash;
        await using (FileStream hashes = File.Create(folder["hash.img"]))
        {
            using RawFileSource root = RawFileSource.Open(erofs);
            rootHash = await VerityTree.WriteAsync(root, hashes, 0, [1, 2, 3], Guid.Empty, TestContext.Current.CancellationToken);
        }

        string esp = await MakeEspAsync(rootHash);
        VerityPartitionIds ids = VerityPartitionIds.From(rootHash);
        GptTable table = GptTable.Plan(Guid.Empty,
        [
            new GptPartitionRequest(PartitionTypes.EfiSystem, new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), "esp", new FileInfo(esp).Length),
            new GptPartitionRequest(PartitionTypes.RootX64, ids.Root, "root", new FileInfo(erofs).Length),
            new GptPartitionRequest(PartitionTypes.RootVerityX64, ids.Hash, "hash", new FileInfo(folder["hash.img"]).Length),
        ]);
        string disk = folder["disk.raw"];
        await using FileStream target = File.Create(disk);
        target.SetLength(table.DiskSize);
        await GptWriter.WriteAsync(table, target, TestContext.Current.CancellationToken);
        foreach ((GptPartition partition, string content) in table.Partitions.Zip((string[])[esp, erofs, folder["hash.img"]]))
        {
            using RawFileSource source = RawFileSource.Open(content);
            await SparseCopy.CopyAsync(source, target, partition.Offset, TestContext.Current.CancellationToken);
        }

        return disk;
    }

    private string MakeRoot()
    {
        FileTree tree = new();
        tree.Put("/etc/os-release", TreeEntry.Text($"PRETTY_NAME=\"{SystemName}\"\n"));
        tree.Put("/etc/shadow", TreeEntry.Text("root:x:1::::::\n", 0));
        tree.Put("/usr/bin/su", TreeEntry.Text("ELF", (4 << 9) | UnixMode.Executable));
        tree.Put("/usr/bin/su2", TreeEntry.Link("su"));
        Assert.Empty(SystemTree.Apply(tree, new SystemSettings(), new RecipeOrigins(new Dictionary<string, string>())));
        Change?.Invoke(tree);
        using (FileStream tar = File.Create(folder["root.tar"]))
            TarTreeWriter.Write(tree, tar, Epoch, TestContext.Current.CancellationToken);
        (int exitCode, string output, string errors) = Tool.Run(Tool.Need("mkfs.erofs"), "--tar=f", $"-T{Epoch}", "--all-time", "-U00000000-0000-4000-8000-000000000001", folder["root.erofs"], folder["root.tar"]);
        Assert.True(exitCode == 0, output + errors);
        return folder["root.erofs"];
    }

    private async Task<string> MakeEspAsync(Sha256 rootHash)
    {
        await using (FileStream uki = File.Create(folder["uki.efi"]))
        {
            await UkiWriter.AppendAsync(
                Stub,
                [NewPeSection.FromText(".cmdline", $"roothash={rootHash} {Arguments}"), NewPeSection.FromText(".linux", "no kernel, but called one")],
                uki,
                TestContext.Current.CancellationToken);
        }

        string esp = folder["esp.img"];
        using (FileStream stream = File.Create(esp))
            stream.SetLength(8 << 20);
        Mtools("mformat", "-N", "12345678", "-i", esp, "::");
        Mtools("mmd", "-i", esp, "::/EFI", "::/EFI/BOOT", "::/EFI/Linux");
        Mtools("mcopy", "-i", esp, folder["uki.efi"], "::/EFI/BOOT/BOOTX64.EFI");
        if (SecondKernel is not null)
            Mtools("mcopy", "-i", esp, folder["uki.efi"], SecondKernel);
        return esp;
    }

    private static void Mtools(string name, params string[] arguments)
    {
        (int exitCode, string output, string errors) = Tool.Run("env", [$"SOURCE_DATE_EPOCH={Epoch}", Tool.Need(name), .. arguments]);
        Assert.True(exitCode == 0, name + output + errors);
    }
}
