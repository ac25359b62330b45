using System.Text;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Images.Tests;
using ImageFactory.Images.Uki;
using ImageFactory.Images.Verity;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Tests.Support;

/// <summary>A small disk with an EFI system partition, a root and its hash tree, put together anew for every change of an input.</summary>
internal sealed class TestDisk
{
    private static readonly byte[] Salt = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    /// <summary>Command line behind the root hash.</summary>
    public string CommandLine { get; set; } = "console=ttyS0 quiet";

    /// <summary>Put the root hash on the UKI's command line.</summary>
    public bool RootHashInUki { get; set; } = true;

    public byte[] Kernel { get; set; } = KernelOf("6.12.107-test");

    public byte[] Initrd { get; set; } = Vectors.Bytes("uki", "initrd.bin");

    public string OsRelease { get; set; } = "ID=test\nVERSION_ID=1\n";

    public string KernelRelease { get; set; } = "6.12.107-test";

    public byte[] Root { get; set; } = [.. Enumerable.Range(0, 40 * 4096).Select(i => (byte)(i * 7 >> 3))];

    /// <summary>Files of the EFI system partition beside the UKI; a function gets the finished UKI's folder of files and may add to it.</summary>
    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Where the UKI goes; null: nowhere.</summary>
    public string? UkiPath { get; set; } = "/EFI/BOOT/BOOTX64.EFI";

    /// <summary>Called with the root hash, to make addons that carry it.</summary>
    public Func<Sha256, Task>? BeforeWriting { get; set; }

    public Func<byte[], Task<byte[]>> SignUki { get; set; } = Task.FromResult;

    public static byte[] Stub => Vectors.Bytes("uki", "stub.efi");

    /// <summary>A program that holds what the readers look for in a kernel; it does not run.</summary>
    public static byte[] KernelOf(string release)
    {
        byte[] kernel = Vectors.Bytes("pe", "kernel.efi");

        // The header of a bzImage lies where the PE file has the padding of its headers or its only section.
        "HdrS"u8.CopyTo(kernel.AsSpan(0x202));
        kernel[0x20e] = 0x00;
        kernel[0x20f] = 0x04;
        kernel.AsSpan(0x600, 80).Clear();
        Encoding.ASCII.GetBytes(release + " (somebody)\0", kernel.AsSpan(0x600));
        "LOADED_IMAGE::LoadOptions\0Linux initrd\0"u8.CopyTo(kernel.AsSpan(0x700));
        return kernel;
    }

    public static async Task<byte[]> AddonAsync(params (string Section, byte[] Content)[] sections)
    {
        using ScratchFolder folder = new();
        MemoryStream addon = new();
        await UkiWriter.AppendAsync(folder.Write("stub", Stub), sections.Select(s => ImageFactory.Images.Pe.NewPeSection.FromBytes(s.Section, s.Content)), addon, CancellationToken.None);
        return addon.ToArray();
    }

    public static byte[] Loader(string kind, int seed = 0)
    {
        // Any EFI program with the section by which its kind is recognised.
        return kind == "systemd-boot" ? WithText("#### LoaderInfo: systemd-boot 257.13 ####", ".sdmagic", seed) : WithText($"sbat,1,S\n{kind},4,x,{kind},1,u\n", ".sbat", seed);

        static byte[] WithText(string text, string section, int seed)
        {
            using ScratchFolder folder = new();
            MemoryStream program = new();
            UkiWriter.AppendAsync(
                folder.Write("base", Vectors.Bytes("pe", "kernel.efi")),
                [ImageFactory.Images.Pe.NewPeSection.FromText(section, text), ImageFactory.Images.Pe.NewPeSection.FromBytes(".seed", [(byte)seed])],
                program,
                CancellationToken.None).GetAwaiter().GetResult();
            return program.ToArray();
        }
    }

    /// <summary>Writes the disk as a raw image.</summary>
    public async Task<string> WriteAsync(ScratchFolder folder, string name = "disk.raw")
    {
        MemoryStream tree = new();
        Sha256 rootHash = await VerityTree.WriteAsync(new StreamSource(new MemoryStream(Root), "root"), tree, 0, Salt, new Guid("22222222-2222-2222-2222-222222222222"), CancellationToken.None);
        if (BeforeWriting is not null)
            await BeforeWriting(rootHash);
        Dictionary<string, byte[]> files = new(Files, StringComparer.Ordinal);
        if (UkiPath is not null)
            files[UkiPath] = await SignUki(await UkiAsync(folder, rootHash));

        string esp = folder.Write("esp", new byte[4 << 20]);
        Tool.Run("mkfs.vfat", "--invariant", "-F", "12", "-i", "12345678", esp);
        foreach (string path in files.Keys.SelectMany(Parents).Distinct().Order(StringComparer.Ordinal))
            Tool.Run("mmd", "-i", esp, "::" + path);
        foreach ((string path, byte[] content) in files)
            Tool.Run("mcopy", "-i", esp, folder.Write("file", content), "::" + path);

        VerityPartitionIds ids = VerityPartitionIds.From(rootHash);
        (GptPartitionRequest Request, byte[] Content)[] parts =
        [
            (new(PartitionTypes.EfiSystem, new Guid(1, 0, 0, new byte[8]), "esp", 4 << 20), File.ReadAllBytes(esp)),
            (new(PartitionTypes.RootX64, ids.Root, "root", Root.Length), Root),
            (new(PartitionTypes.RootVerityX64, ids.Hash, "root-verity", tree.Length), tree.ToArray()),
        ];
        GptTable table = GptTable.Plan(new Guid("11111111-2222-3333-4444-555555555555"), parts.Select(p => p.Request));
        string disk = folder[name];
        await using FileStream file = new(disk, FileMode.Create);
        await GptWriter.WriteAsync(table, file, CancellationToken.None);
        foreach ((GptPartition partition, (_, byte[] content)) in table.Partitions.Zip(parts))
        {
            file.Position = partition.Offset;
            await file.WriteAsync(content);
        }

        return disk;
    }

    private async Task<byte[]> UkiAsync(ScratchFolder folder, Sha256 rootHash)
    {
        MemoryStream uki = new();
        UkiContent content = new(
            folder.Write("stub", Stub),
            folder.Write("kernel", Kernel),
            folder.Write("initrd", Initrd),
            OsRelease,
            RootHashInUki ? $"roothash={rootHash} {CommandLine}" : CommandLine,
            KernelRelease);
        await UkiWriter.WriteAsync(content, uki, CancellationToken.None);
        return uki.ToArray();
    }

    private static IEnumerable<string> Parents(string path)
    {
        for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
            yield return path[..slash];
    }
}
