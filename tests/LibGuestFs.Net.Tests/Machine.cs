using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Luks;

namespace LibGuestFs.Net.Tests;

/// <summary>One appliance for all tests of the collection, since starting one takes ten seconds: its disks, and why there is none.</summary>
public sealed class Machine : IAsyncLifetime
{
    public const string PlainText = "what lies in the container\n";

    public static readonly Guid LuksId = Guid.Parse("5f0e7d3c-2b1a-4c58-9d67-0123456789ab");

    private readonly string folder = Directory.CreateTempSubdirectory("libguestfs-").FullName;
    private GuestFs? guest;

    /// <summary>Why the tests cannot run here, or null.</summary>
    public static string? Missing
    {
        get
        {
            try
            {
                Library.EnsureInstalled();
            }
            catch (GuestFsMissingException e)
            {
                return e.Message;
            }

            string? program = new[] { "supermin", "qemu-system-x86_64", "mke2fs" }.FirstOrDefault(p => Find(p) is null);
            if (program is not null)
                return $"{program} is not installed";
            return Directory.EnumerateFiles("/boot", "vmlinuz-*").Any() ? null : "no kernel is installed for the appliance";
        }
    }

    /// <summary>ASCII, because the library passes passphrases as text.</summary>
    public string Passphrase { get; private set; } = "";

    /// <summary>The appliance, with nothing mounted.</summary>
    internal GuestFs Guest
    {
        get
        {
            Assert.SkipWhen(guest is null, Missing ?? "the appliance did not start");
            guest.UnmountAll();
            return guest;
        }
    }

    /// <summary>/dev/sda, empty.</summary>
    public const string Empty = "/dev/sda";

    /// <summary>/dev/sdb, a container written by this project's own writer.</summary>
    public const string Container = "/dev/sdb";

    /// <summary>/dev/sdc, a small x86-64 system with the dash of this machine.</summary>
    public const string Linux = "/dev/sdc";

    /// <summary>/dev/sdd, the skeleton of an s390x system.</summary>
    public const string ZSystem = "/dev/sdd";

    /// <summary>What was reported while it started.</summary>
    public IReadOnlyList<GuestFsProgress> LaunchProgress { get; private set; } = [];

    public string Scratch(string name) => Path.Combine(folder, name);

    public async ValueTask InitializeAsync()
    {
        if (Missing is not null)
            return;
        using (FileStream disk = File.Create(Scratch("empty.raw")))
            disk.SetLength(256 << 20);
        await MakeContainerAsync();
        MakeFileSystem("system.raw", tree =>
        {
            SystemFiles(tree, "ID=debian\nVERSION_ID=\"13\"\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\n");
            foreach (string file in (string[])["/usr/bin/dash", "/usr/bin/sleep", "/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"])
                Put(tree, file, File.ReadAllBytes(file), executable: true);
            Put(tree, "/bin/sh", File.ReadAllBytes("/usr/bin/dash"), executable: true);
        });
        MakeFileSystem("z.raw", tree =>
        {
            SystemFiles(tree, "ID=debian\nVERSION_ID=\"13\"\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\n");
            Put(tree, "/bin/sh", ElfForZ(), executable: true);
        });

        await FixedAppliance.BuildAsync(Scratch("appliance"));
        guest = new GuestFs(new GuestFsOptions { Appliance = Scratch("appliance"), TemporaryFolder = folder });
        foreach (string disk in (string[])["empty.raw", "container.raw", "system.raw", "z.raw"])
            guest.AddDrive(Scratch(disk), new DriveOptions { Format = "raw", Unsafe = true });
        Listener listener = new();
        guest.Progress = listener;
        await guest.LaunchAsync();
        guest.Progress = null;
        LaunchProgress = listener.Seen;
    }

    public async ValueTask DisposeAsync()
    {
        if (guest is not null)
            await guest.ShutdownAsync();
        guest?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task MakeContainerAsync()
    {
        MakeFileSystem("plain.raw", tree => Put(tree, "/hello", Encoding.ASCII.GetBytes(PlainText)));
        await using FileStream plaintext = File.OpenRead(Scratch("plain.raw"));
        await using FileStream disk = File.Create(Scratch("container.raw"));
        Luks2Settings settings = new() { Uuid = LuksId, Label = "root" };
        disk.SetLength(Luks2Writer.SizeFor(settings, plaintext.Length));
        using Luks2Result result = await new Luks2Writer(new AsciiRandom()).WriteAsync(plaintext, disk, 0, disk.Length, settings, CancellationToken.None);
        Passphrase = Encoding.ASCII.GetString(result.Passphrase.Span);
    }

    private static void SystemFiles(string tree, string release)
    {
        foreach (string name in (string[])["etc", "bin", "usr/bin", "var/lib/dpkg", "root", "tmp", "dev", "proc", "sys", "home", "lib"])
            Directory.CreateDirectory(Path.Combine(tree, name));
        Put(tree, "/etc/os-release", Encoding.ASCII.GetBytes(release));
        Put(tree, "/etc/hostname", "pod\n"u8);
        Put(tree, "/etc/fstab", "LABEL=root / ext4 defaults 0 1\n"u8);
        Put(tree, "/var/lib/dpkg/status", "Package: base-files\nStatus: install ok installed\nVersion: 13\nArchitecture: all\n"u8);
    }

    private void MakeFileSystem(string name, Action<string> fill)
    {
        string tree = Scratch(name + ".tree");
        Directory.CreateDirectory(tree);
        fill(tree);
        using Process mke2fs = Process.Start(Find("mke2fs")!, ["-q", "-t", "ext4", "-b", "4096", "-d", tree, Scratch(name), "48M"]);
        mke2fs.WaitForExit();
        Assert.Equal(0, mke2fs.ExitCode);
    }

    private static void Put(string tree, string path, ReadOnlySpan<byte> content, bool executable = false)
    {
        string file = tree + path;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
        if (executable)
            File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32("755", 8));
    }

    /// <summary>The header of an executable for s390x (ELF-64: class 2, big-endian 2, type 2 executable, machine 22), padded.</summary>
    private static byte[] ElfForZ()
    {
        byte[] elf = new byte[4096];
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 2, 1]).CopyTo(elf);
        BinaryPrimitives.WriteUInt16BigEndian(elf.AsSpan(16), 2);
        BinaryPrimitives.WriteUInt16BigEndian(elf.AsSpan(18), 22);
        BinaryPrimitives.WriteUInt32BigEndian(elf.AsSpan(20), 1);
        BinaryPrimitives.WriteUInt16BigEndian(elf.AsSpan(52), 64);
        return elf;
    }

    internal static string? Find(string program) =>
        new[] { "/usr/sbin", "/usr/bin", "/sbin", "/bin" }.Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);

    private sealed class Listener : IProgress<GuestFsProgress>
    {
        public List<GuestFsProgress> Seen { get; } = [];

        public void Report(GuestFsProgress value) => Seen.Add(value);
    }

    /// <summary>Letters only, so that the passphrase is text.</summary>
    private sealed class AsciiRandom : RandomSource
    {
        private readonly Random random = new(20261121);

        public override void Fill(Span<byte> target)
        {
            foreach (ref byte b in target)
                b = (byte)('a' + random.Next(26));
        }
    }
}

[CollectionDefinition(nameof(Machine))]
public sealed class MachineCollection : ICollectionFixture<Machine>;
