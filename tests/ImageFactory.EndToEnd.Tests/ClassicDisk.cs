using System.Diagnostics;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>
/// A disk as distributions publish theirs, made of the system that the default recipe installs and of programs alone: an EFI system partition with
/// systemd-boot, kernel and initrd, mounted at /boot, and a writable ext4 root.
/// </summary>
internal static class ClassicDisk
{
    public const string Arguments = "root=LABEL=root rw";

    private const string Loader = "/usr/lib/systemd/boot/efi/systemd-bootx64.efi";

    /// <summary>Where the EFI system partition begins, and how large it and the root are; in MiB.</summary>
    private const int EspAt = 1;
    private const int EspSize = 64;
    private const int RootSize = 500;

    /// <summary>Texts and tables that no test looks at would only take time on their way through the appliance.</summary>
    private static readonly string[] Unread = ["usr/share/locale/*", "usr/share/doc/*", "usr/lib/udev/hwdb*"];

    private static readonly string[] Programs = ["mke2fs", "mkfs.vfat", "mcopy", "sfdisk", "qemu-img", "supermin", "qemu-system-x86_64"];

    /// <summary>Why no such disk can be made or taken apart here, or null.</summary>
    public static string? Missing { get; } =
        !Environment.IsPrivilegedProcess ? "only root can make files of all owners"
        : !File.Exists(Loader) ? "systemd-boot is not installed"
        : Programs.FirstOrDefault(p => !new[] { "/usr/sbin", "/usr/bin", "/sbin", "/bin" }.Any(f => File.Exists(Path.Combine(f, p)))) is { } program ? $"{program} is not installed"
        : null;

    /// <param name="folder">Made, and holds everything.</param>
    /// <param name="rootTar">The system.</param>
    /// <param name="initrd">Its initrd.</param>
    /// <returns>The disk, a compressed qcow2.</returns>
    public static async Task<string> MakeAsync(string folder, string rootTar, string initrd)
    {
        string root = Directory.CreateDirectory(Path.Combine(folder, "root")).FullName;
        string esp = Path.Combine(folder, "esp");
        await RunAsync("tar", ["--extract", "--file", rootTar, "--directory", root, "--numeric-owner", "--exclude=./dev/*", .. Unread.Select(p => "--exclude=./" + p)]);
        string kernel = Directory.GetFiles(Path.Combine(root, "boot"), "vmlinuz-*").Single();

        Put(Path.Combine(esp, "EFI", "BOOT", "BOOTX64.EFI"), Loader);
        Put(Path.Combine(esp, Path.GetFileName(kernel)), kernel);
        Put(Path.Combine(esp, "initrd.img"), initrd);
        Directory.CreateDirectory(Path.Combine(esp, "loader", "entries"));
        File.WriteAllText(Path.Combine(esp, "loader", "loader.conf"), "timeout 0\n");
        File.WriteAllText(Path.Combine(esp, "loader", "entries", "debian.conf"), $"title Debian\nlinux /{Path.GetFileName(kernel)}\ninitrd /initrd.img\noptions {Arguments}\n");
        File.WriteAllText(Path.Combine(root, "etc", "fstab"), "LABEL=root / ext4 defaults 0 1\nLABEL=ESP /boot vfat umask=0077 0 2\n");
        foreach (string file in Directory.GetFiles(Path.Combine(root, "boot")))
            File.Delete(file);

        string raw = Path.Combine(folder, "disk.raw");
        string rootImage = Path.Combine(folder, "root.img");
        string espImage = Path.Combine(folder, "esp.img");
        await RunAsync("mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", root, rootImage, $"{RootSize}M");
        await RunAsync("mkfs.vfat", "-C", "-F", "32", "-n", "ESP", espImage, $"{EspSize << 10}");
        await RunAsync("mcopy", ["-s", "-i", espImage, .. Directory.GetFileSystemEntries(esp), "::"]);
        using (FileStream disk = File.Create(raw))
            disk.SetLength((long)(EspAt + EspSize + RootSize + 1) << 20);
        string layout = Path.Combine(folder, "layout");
        File.WriteAllText(
            layout,
            $"label: gpt\nstart={EspAt}MiB, size={EspSize}MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B\nstart={EspAt + EspSize}MiB, size={RootSize}MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4\n");
        await RunAsync("sh", "-c", "sfdisk -q \"$0\" <\"$1\"", raw, layout);
        await RunAsync("dd", $"if={espImage}", $"of={raw}", "bs=1M", $"seek={EspAt}", "conv=notrunc,sparse", "status=none");
        await RunAsync("dd", $"if={rootImage}", $"of={raw}", "bs=1M", $"seek={EspAt + EspSize}", "conv=notrunc,sparse", "status=none");
        string image = Path.Combine(folder, "disk.qcow2");
        await RunAsync("qemu-img", "convert", "-O", "qcow2", "-c", "-o", "compression_type=zstd", raw, image);
        Directory.Delete(root, recursive: true);
        return image;
    }

    /// <summary>A file on the EFI system partition of a disk image.</summary>
    public static async Task<string> ReadFromEspAsync(string image, string path)
    {
        string raw = Path.GetTempFileName();
        try
        {
            await RunAsync("qemu-img", "convert", "-O", "raw", image, raw);
            return await RunAsync("mtype", "-i", $"{raw}@@{EspAt}M", "::" + path);
        }
        finally
        {
            File.Delete(raw);
        }
    }

    private static void Put(string target, string source)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(source, target);
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Where an ordinary user's path ends.
        start.Environment["PATH"] = start.Environment["PATH"] + ":/usr/sbin:/sbin";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors}");
        return await output;
    }
}
