using System.Diagnostics;

namespace LibGuestFs.Net.Tests;

[Trait("needs", "libguestfs, supermin, a kernel, qemu-system-x86_64")]
public sealed class LaunchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cancelled_launch_ends_soon_and_leaves_no_process()
    {
        Assert.SkipWhen(Machine.Missing is not null, Machine.Missing ?? "");
        using GuestFs g = new(new GuestFsOptions { Acceleration = Acceleration.Emulated });
        g.AddDrive("/dev/null", new DriveOptions { Format = "raw", ReadOnly = true });
        using CancellationTokenSource source = new(TimeSpan.FromSeconds(3));
        Stopwatch watch = Stopwatch.StartNew();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => g.LaunchAsync(source.Token));

        Assert.InRange(watch.Elapsed.TotalSeconds, 2.5, 15);
        Assert.Empty(Processes(g.Mark));
    }

    [Fact]
    public async Task A_failed_launch_says_what_QEMU_said()
    {
        Assert.SkipWhen(Machine.Missing is not null, Machine.Missing ?? "");
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "no qcow2", Token);
            using GuestFs g = new(new GuestFsOptions { Acceleration = Acceleration.Emulated });
            g.AddDrive(file, new DriveOptions { Format = "qcow2" });

            GuestFsException failed = await Assert.ThrowsAsync<GuestFsException>(() => g.LaunchAsync(Token));

            Assert.Contains("not in qcow2 format", failed.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_missing_library_names_the_command_that_installs_it()
    {
        string release = Path.GetTempFileName();
        try
        {
            File.WriteAllText(release, "NAME=x\nID=rocky\nID_LIKE=\"rhel centos fedora\"\n");

            GuestFsMissingException missing = Assert.Throws<GuestFsMissingException>(() => Library.EnsureInstalled("libguestfs.so.999", release));

            Assert.Equal("dnf install -y libguestfs", missing.InstallCommand);
            Assert.Contains("libguestfs.so.999", missing.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(release);
        }
    }

    private static IEnumerable<string> Processes(string mark) => Directory.EnumerateDirectories("/proc").Where(p =>
    {
        try
        {
            return char.IsAsciiDigit(Path.GetFileName(p)[0]) && File.ReadAllText(Path.Combine(p, "cmdline")).Contains(mark, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    });
}
