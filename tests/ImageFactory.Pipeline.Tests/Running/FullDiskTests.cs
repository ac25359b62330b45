using ImageFactory.Model;
using ImageFactory.Pipeline.Maintenance;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Running;
using ImageFactory.Pipeline.Storage;
using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests.Running;

[Trait("needs", "root")]
public sealed class FullDiskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stage_that_fills_the_disk_fails_with_the_cause_and_leaves_the_space_free()
    {
        using SmallDisk disk = new(2 << 20);
        using TestBuild build = new(disk["store"]);
        long before = disk.Free;
        TestStage large = new("large") { Action = (scope, token) => File.WriteAllBytesAsync(scope.OutputFile("data"), new byte[4 << 20], token) };

        using RunResult result = await build.RunAsync([large], cancellation: Token);

        Fault fault = Assert.Single(result.Faults);
        Assert.Equal(("IFP121", ExitCode.CannotWrite), (fault.Code, fault.ExitCode));
        Assert.Equal(before, disk.Free);
        Assert.Equal(["small"], await build.BuiltAsync([new TestStage("small")]));
    }

    [Fact]
    public async Task A_program_that_fills_the_disk_tells_so()
    {
        using SmallDisk disk = new(2 << 20);
        using TestBuild build = new(disk["store"]);
        TestStage large = new("large")
        {
            Action = (scope, token) => scope.Programs.RunAsync(
                new ProgramCall("head", ["-c", "4000000", "/dev/zero"]) { OutputFile = scope.OutputFile("data") }, token),
        };

        using RunResult result = await build.RunAsync([large], cancellation: Token);

        Assert.Equal(("IFP411", ExitCode.CannotWrite), (Assert.Single(result.Faults).Code, result.Faults[0].ExitCode));
    }

    [Fact]
    public async Task Wherever_the_space_ends_the_store_is_sound_and_the_next_run_succeeds()
    {
        using SmallDisk disk = new(4 << 20);
        int failures = 0;
        int successes = 0;
        for (int free = 0; free <= 160 << 10; free += 4 << 10)
        {
            using TestBuild build = new(disk["store"]);
            IStage[] stages = [Program($"a{free}"), Program($"b{free}", $"a{free}")];
            await File.WriteAllBytesAsync(disk["filler"], new byte[disk.Free - free], Token);

            (int failed, int succeeded) = await TryAsync(build, stages);

            failures += failed;
            successes += succeeded;
            File.Delete(disk["filler"]);
            Assert.Empty(await new StoreMaintenance(build.Store).VerifyAsync(Token));
            await build.BuiltAsync(stages);
            Assert.Empty(Directory.GetFileSystemEntries(disk["store/tmp"]));
            Assert.Empty(Directory.GetFileSystemEntries(disk["store/locks"]));
            Assert.Empty(Directory.GetFileSystemEntries(disk["store/running"]));
        }

        Assert.True(failures > 3 && successes > 3, $"{failures} failures, {successes} successes");
    }

    [Fact]
    public async Task A_store_that_can_only_be_read_is_told_before_anything_runs()
    {
        using SmallDisk disk = new(2 << 20);
        using TestBuild build = new(disk["store"]);
        await build.BuiltAsync([new TestStage("a")]);
        disk.MakeReadOnly();

        FactoryException open = Assert.Throws<FactoryException>(() => Store.Open(new DirectoryInfo(disk["other"]), TimeProvider.System));
        FactoryException begin = await Assert.ThrowsAsync<FactoryException>(() => build.RunAsync([new TestStage("b")], cancellation: Token));
        disk.MakeWritable();

        Assert.Equal(("IFP202", ExitCode.CannotWrite), (open.Faults[0].Code, open.ExitCode));
        Assert.Equal(("IFP202", ExitCode.CannotWrite), (begin.Faults[0].Code, begin.ExitCode));
    }

    private static async Task<(int Failed, int Succeeded)> TryAsync(TestBuild build, IStage[] stages)
    {
        try
        {
            using RunResult result = await build.RunAsync(stages, cancellation: Token);
            Assert.All(result.Faults.Where(f => f.Severity == Severity.Error), f => Assert.Equal(ExitCode.CannotWrite, f.ExitCode));
            return result.Succeeded ? (0, 1) : (1, 0);
        }
        catch (FactoryException e)
        {
            Assert.Equal(ExitCode.CannotWrite, e.ExitCode);
            return (1, 0);
        }
    }

    private static TestStage Program(string name, params string[] after) => new(name, after)
    {
        Action = (scope, token) => scope.Programs.RunAsync(
            new ProgramCall("sh", ["-c", "head -c 20000 /dev/zero > \"$1\"", "sh", scope.OutputFile("data")]), token),
    };
}
