using ImageFactory.Model;
using ImageFactory.Pipeline.Maintenance;
using ImageFactory.Pipeline.Running;
using ImageFactory.Pipeline.Storage;
using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests.Storage;

public sealed class StoreTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("missing")]
    [InlineData("longer")]
    [InlineData("no entry")]
    [InlineData("entry cut off")]
    [InlineData("other kind")]
    public async Task A_damaged_entry_is_set_aside_with_a_warning_and_made_again(string damage)
    {
        using TestBuild build = new();
        string output = await OutputOf(build);
        Damage(output, damage);

        IReadOnlyList<string> built = await build.BuiltAsync([new TestStage("a")]);

        Assert.Equal(["a"], built);
        Fault warning = Assert.Single(build.Reporter.Faults);
        Assert.Equal(("IFP206", Severity.Warning), (warning.Code, warning.Severity));
        Assert.Empty(await new StoreMaintenance(build.Store).VerifyAsync(Token));
        Assert.Empty(await build.BuiltAsync([new TestStage("a")]));
    }

    [Fact]
    public async Task A_changed_byte_is_found_by_verify_and_names_the_file()
    {
        using TestBuild build = new();
        string output = await OutputOf(build);
        await File.WriteAllTextAsync(Path.Combine(output, "out"), ")(", Token);

        Fault fault = Assert.Single(await new StoreMaintenance(build.Store).VerifyAsync(Token));

        Assert.Equal("IFP208", fault.Code);
        Assert.Contains("out changed", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_whose_folders_are_links_to_a_larger_disk_works_as_any_other()
    {
        using TestBuild build = new();
        foreach (string part in (string[])["stages", "locks", "running", "tmp"])
        {
            Directory.Move(build.Folder[$"store/{part}"], build.Folder[$"large {part}"]);
            Directory.CreateSymbolicLink(build.Folder[$"store/{part}"], build.Folder[$"large {part}"]);
        }

        Assert.Equal(["a"], await build.BuiltAsync([new TestStage("a")]));
        Assert.Empty(await build.BuiltAsync([new TestStage("a")]));
    }

    [Fact]
    public async Task A_store_of_another_layout_is_refused()
    {
        using TestFolder folder = new();
        Store.Open(folder.Folder("store"), TimeProvider.System);
        await File.WriteAllTextAsync(folder["store/store.json"], "{\"layout\": 7}", Token);

        FactoryException e = Assert.Throws<FactoryException>(() => Store.Open(folder.Folder("store"), TimeProvider.System));

        Assert.Equal(("IFP205", ExitCode.Configuration), (e.Faults[0].Code, e.ExitCode));
    }

    [Fact]
    public async Task A_device_pipe_or_socket_is_no_output()
    {
        using TestBuild build = new();
        TestStage stage = new("a")
        {
            Action = (scope, token) => scope.Programs.RunAsync(new Pipeline.Programs.ProgramCall("mkfifo", [scope.OutputFile("pipe")]), token),
        };

        using RunResult result = await build.RunAsync([stage], cancellation: Token);

        Assert.Equal("IFP207", Assert.Single(result.Faults).Code);
    }

    private static async Task<string> OutputOf(TestBuild build)
    {
        using RunResult result = await build.RunAsync([new TestStage("a")], cancellation: Token);
        return result["a"].Output!.FullName;
    }

    private static void Damage(string output, string damage)
    {
        string file = Path.Combine(output, "out");
        string entry = Path.Combine(output, "..", "entry.json");
        switch (damage)
        {
            case "missing":
                File.Delete(file);
                break;
            case "longer":
                File.AppendAllText(file, "x");
                break;
            case "no entry":
                File.Delete(entry);
                break;
            case "entry cut off":
                File.WriteAllText(entry, File.ReadAllText(entry)[..100]);
                break;
            default:
                File.Delete(file);
                File.CreateSymbolicLink(file, "elsewhere");
                break;
        }
    }
}
