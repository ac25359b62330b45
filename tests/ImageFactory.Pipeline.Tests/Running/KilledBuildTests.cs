using System.Diagnostics;
using ImageFactory.Model;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Maintenance;
using ImageFactory.Pipeline.Platform;
using ImageFactory.Pipeline.Storage;
using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests.Running;

public sealed class KilledBuildTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_build_that_is_killed_at_any_moment_leaves_a_sound_store_and_the_next_one_finishes_the_work()
    {
        Random random = new(20260101);
        using TestFolder folder = new();
        StoreMaintenance maintenance = new(Store.Open(folder.Folder("store"), TimeProvider.System));
        int killed = 0;
        for (int attempt = 0; attempt < 20; attempt++)
        {
            using Process build = BuildProcess.Start(folder["store"], folder["log"]);
            Task<string> output = build.StandardOutput.ReadToEndAsync(Token);
            Task<string> errors = build.StandardError.ReadToEndAsync(Token);
            if (!build.WaitForExit(random.Next(50, 1500)))
            {
                killed++;
                build.Kill(entireProcessTree: false);
            }

            // Programs that outlive the build may hold its outputs open, until the next run ends them.
            await build.WaitForExitAsync(Token);
            Assert.Empty(await maintenance.VerifyAsync(Token));
            if (random.Next(3) == 0)
                Array.ForEach(Directory.GetDirectories(folder["store/stages"]), d => Directory.Delete(d, recursive: true));
            _ = (output, errors);
        }

        using Process last = BuildProcess.Start(folder["store"], folder["log"]);
        string said = await last.StandardOutput.ReadToEndAsync(Token);
        string complained = await last.StandardError.ReadToEndAsync(Token);
        await last.WaitForExitAsync(Token);

        Assert.True(last.ExitCode == 0, said + complained);
        Assert.True(killed >= 5, $"only {killed} builds were killed before they ended");
        Assert.Empty(await maintenance.VerifyAsync(Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder["store/tmp"]));
        Assert.Empty(Directory.GetFileSystemEntries(folder["store/running"]));
        Assert.Empty(Directory.GetFileSystemEntries(folder["store/locks"]));
        Assert.Equal(BuildProcess.Stages.Count, Directory.GetDirectories(folder["store/stages"]).Length);
        Assert.Empty(ProcessesMentioning(folder.Path));
    }

    [Fact]
    public async Task The_next_run_ends_the_programs_of_a_killed_build_and_removes_its_folders_elsewhere()
    {
        using TestFolder folder = new();
        using Process build = BuildProcess.Start(folder["store"], folder["log"]);
        _ = build.StandardOutput.ReadToEndAsync(Token);
        _ = build.StandardError.ReadToEndAsync(Token);
        await Wait.UntilAsync(() => Directory.GetDirectories("/dev/shm", "imagefactory-*").Any(
            d => Mentions(folder["store/running"], d) && Directory.EnumerateFiles(d, "scratch", SearchOption.AllDirectories).Any()));
        string work = Directory.GetDirectories("/dev/shm", "imagefactory-*").Single(d => Mentions(folder["store/running"], d));
        build.Kill(entireProcessTree: false);
        await build.WaitForExitAsync(Token);
        Assert.NotEmpty(ProcessesMentioning(folder.Path));

        IReadOnlyList<Fault> faults = DeadRuns.Sweep(Store.Open(folder.Folder("store"), TimeProvider.System));

        Assert.Empty(faults);
        Assert.Empty(ProcessesMentioning(folder.Path));
        Assert.False(Directory.Exists(work));
        Assert.Empty(Directory.GetFileSystemEntries(folder["store/running"]));
    }

    private static bool Mentions(string running, string folder) =>
        Directory.Exists(running) && Directory.GetFiles(running).Any(f => FileLock.Read(f)?.Contains(folder, StringComparison.Ordinal) == true);

    private static List<string> ProcessesMentioning(string text) =>
        [.. Directory.GetDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0]) && ReadEnvironment(p).Contains(text, StringComparison.Ordinal))];

    private static string ReadEnvironment(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "environ"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
