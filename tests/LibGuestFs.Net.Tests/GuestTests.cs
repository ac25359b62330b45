using System.Formats.Tar;
using System.Security.Cryptography;

namespace LibGuestFs.Net.Tests;

[Collection(nameof(Machine))]
[Trait("needs", "libguestfs, supermin, a kernel, qemu-system-x86_64")]
public sealed class GuestTests(Machine machine)
{
    private static readonly Guid LinuxData = Guid.Parse("0FC63DAF-8483-4772-8E79-3D69D8477DE4");
    private static readonly Guid EfiSystem = Guid.Parse("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Partitions_and_file_systems_are_made_and_found_again()
    {
        GuestFs g = machine.Guest;

        g.InitializeGpt(Machine.Empty);
        g.AddPartition(Machine.Empty, 2048, 2048 + (64 << 11) - 1);
        g.AddPartition(Machine.Empty, 2048 + (64 << 11), -34);
        g.SetPartitionType(Machine.Empty, 1, EfiSystem);
        g.SetPartitionName(Machine.Empty, 2, "data");
        g.MakeFileSystem("vfat", Machine.Empty + "1", "ESP");
        g.MakeFileSystem("ext4", Machine.Empty + "2", "data", blockSize: 4096);

        Assert.Equal([new GuestPartition(1, 1 << 20, 64 << 20)], g.GetPartitions(Machine.Empty).Take(1));
        Assert.Equal(2, g.GetPartitions(Machine.Empty)[1].Number);
        Assert.Equal(EfiSystem, g.GetPartitionType(Machine.Empty, 1));
        Assert.Equal(LinuxData, g.GetPartitionType(Machine.Empty, 2));
        Assert.Equal("vfat", g.FileSystemType(Machine.Empty + "1"));
        Assert.Equal("data", g.FileSystemLabel(Machine.Empty + "2"));
        Assert.Equal("ext4", g.ListFileSystems()[Machine.Empty + "2"]);
        Assert.Equal(256 << 20, g.SizeOfDevice(Machine.Empty));
        Assert.Equal(["/dev/sda", "/dev/sdb", "/dev/sdc", "/dev/sdd"], g.ListDevices());
    }

    [Fact]
    public async Task A_LUKS2_container_of_our_own_writer_opens_and_shows_its_plaintext()
    {
        GuestFs g = machine.Guest;

        await g.OpenLuksAsync(Machine.Container, machine.Passphrase, "root", readOnly: true, Token);
        try
        {
            g.Mount("/dev/mapper/root", "/", "ro");

            Assert.Equal(Machine.PlainText, g.ReadText("/hello"));
            Assert.Equal(Machine.LuksId, g.LuksUuid(Machine.Container));
        }
        finally
        {
            g.UnmountAll();
            g.CloseLuks("/dev/mapper/root");
        }
    }

    [Fact]
    public async Task A_wrong_passphrase_is_an_error_of_its_operation()
    {
        GuestFsException refused = await Assert.ThrowsAsync<GuestFsException>(() => machine.Guest.OpenLuksAsync(Machine.Container, "wrong", "root", true, Token));

        Assert.Equal("cryptsetup_open", refused.Operation);
        Assert.DoesNotContain("wrong", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Systems_of_this_and_of_another_architecture_are_recognised()
    {
        IReadOnlyList<GuestSystem> systems = await machine.Guest.InspectAsync(Token);

        GuestSystem here = systems.Single(s => s.Root == Machine.Linux);
        GuestSystem z = systems.Single(s => s.Root == Machine.ZSystem);
        Assert.Equal(("linux", "debian", "x86_64", "apt"), (here.Type, here.Distribution, here.Architecture, here.PackageManagement));
        Assert.Equal("Debian GNU/Linux 13 (trixie)", here.Product);
        Assert.Equal("s390x", z.Architecture);
        Assert.True(here.MountPoints.ContainsKey("/"));
    }

    [Fact]
    public async Task A_tar_goes_in_and_out_with_owners_modes_links_and_attributes()
    {
        GuestFs g = machine.Guest;
        g.Mount(Machine.Linux, "/");
        g.MakeFolder("/in");
        MemoryStream tar = new();
        await using (TarWriter writer = new(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "agent", new Dictionary<string, string> { ["SCHILY.xattr.user.origin"] = "test", ["RHT.security.selinux"] = "system_u:object_r:bin_t:s0\0" })
            {
                Uid = 1234,
                Gid = 99,
                Mode = (UnixFileMode)Convert.ToInt32("4751", 8),
                DataStream = new MemoryStream([1, 2, 3]),
            }, Token);
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = "agent" }, Token);
        }

        tar.Position = 0;
        await g.TarInAsync(tar, "/in", cancellation: Token);
        byte[] label = g.GetAttribute("/in/agent", "security.selinux");
        MemoryStream result = new();
        await g.TarOutAsync("/in", result, cancellation: Token);

        Assert.Equal("system_u:object_r:bin_t:s0\0"u8, label);
        result.Position = 0;
        await using TarReader reader = new(result);
        Dictionary<string, TarEntry> entries = [];
        while (await reader.GetNextEntryAsync(copyData: true, Token) is { } entry)
            entries[entry.Name] = entry;
        TarEntry agent = entries["./agent"];
        Assert.Equal((1234, 99, Convert.ToInt32("4751", 8)), (agent.Uid, agent.Gid, (int)agent.Mode));
        Assert.Equal("test", ((PaxTarEntry)agent).ExtendedAttributes["SCHILY.xattr.user.origin"]);
        Assert.Equal("agent", entries["./link"].LinkName);
    }

    [Fact]
    public async Task Files_go_both_ways()
    {
        GuestFs g = machine.Guest;
        g.Mount(Machine.Linux, "/");
        byte[] content = RandomNumberGenerator.GetBytes(9_000_001);

        await g.UploadAsync(new MemoryStream(content), "/tmp/data", Token);
        MemoryStream back = new();
        await g.DownloadAsync("/tmp/data", back, Token);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), g.Checksum("sha256", "/tmp/data"));
        Assert.True(content.AsSpan().SequenceEqual(back.ToArray()));
        g.Remove("/tmp/data");
        Assert.False(g.Exists("/tmp/data"));
    }

    [Fact]
    public void Small_files_links_and_modes_are_read_and_written()
    {
        GuestFs g = machine.Guest;
        g.Mount(Machine.Linux, "/");

        g.WriteText("/etc/motd", "grüß dich\n");
        g.MakeLink("motd", "/etc/greeting");
        g.SetMode("/etc/motd", Convert.ToInt32("640", 8));
        g.SetOwner("/etc/motd", 7, 8);
        g.SetAttribute("/etc/motd", "user.note", "x"u8);

        Assert.Equal("grüß dich\n", g.ReadText("/etc/greeting"));
        Assert.Equal("motd", g.ReadLink("/etc/greeting"));
        Assert.True(g.IsFile("/etc/motd"));
        Assert.True(g.IsFolder("/etc"));
        Assert.Contains("os-release", g.List("/etc"));
        Assert.Equal(["/etc/os-release"], g.Glob("/etc/os-rel*"));
        Assert.Equal("x"u8, g.GetAttribute("/etc/motd", "user.note"));
    }

    [Fact]
    public async Task Programs_of_the_guest_run_and_their_failure_tells_what_they_said()
    {
        GuestFs g = machine.Guest;
        g.Mount(Machine.Linux, "/");

        string said = await g.CommandAsync(["/bin/sh", "-c", "echo $0 $1", "a b", "c'd"], Token);
        GuestFsException failed = await Assert.ThrowsAsync<GuestFsException>(() => g.ShellAsync("echo no room >&2; exit 3", Token));

        Assert.Equal("a b c'd\n", said);
        Assert.Contains("no room", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_has_the_number_that_Linux_gives_it()
    {
        GuestFs g = machine.Guest;
        g.Mount(Machine.Linux, "/");

        GuestFsException missing = Assert.Throws<GuestFsException>(() => g.Read("/no/such/file"));

        Assert.Equal(2, missing.Errno); // ENOENT
        Assert.Equal("read_file", missing.Operation);
        Assert.Contains("/no/such/file", missing.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_fails_ends_the_transfer_with_its_own_error()
    {
        GuestFs g = machine.Guest;
        g.Mount(Machine.Linux, "/");

        await Assert.ThrowsAsync<InvalidDataException>(() => g.DownloadAsync("/usr/bin/dash", new Refusing(), Token));
        await Assert.ThrowsAsync<InvalidDataException>(() => g.UploadAsync(new Refusing(), "/tmp/never", Token));
        await Assert.ThrowsAsync<GuestFsException>(() => g.UploadAsync(new MemoryStream(new byte[5 << 20]), "/no/folder/file", Token));

        Assert.True(g.Exists("/usr/bin/dash"));
    }

    /// <summary>The library reports after five seconds, and an emulated launch takes longer.</summary>
    [Fact]
    public void A_slow_launch_reports_progress()
    {
        Assert.SkipUnless(machine.Guest.IsEmulated, "the launch was too quick to report");

        Assert.NotEmpty(machine.LaunchProgress);
        Assert.All(machine.LaunchProgress, p => Assert.InRange(p.Position, 0, p.Total));
    }

    [Fact]
    public void Relabelling_is_refused_where_the_appliance_has_no_setfiles() =>
        Assert.Equal(machine.Guest.IsAvailable("selinuxrelabel"), File.Exists("/sbin/setfiles") || File.Exists("/usr/sbin/setfiles"));

    /// <summary>Neither gives nor takes.</summary>
    private sealed class Refusing : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => 0; set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidDataException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new InvalidDataException();
    }
}
