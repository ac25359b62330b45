using ImageFactory.Build.Tests.Support;

namespace ImageFactory.Build.Tests.Processes;

/// <summary>build.sh with a folder that looks like the repository and a dotnet that is a script: what is tested is the script, not the compiler.</summary>
public sealed class BuildScriptTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string root;
    private readonly Dictionary<string, string> environment;

    public BuildScriptTests()
    {
        root = Path.Combine(folder.Path, "a tree with spaces");
        folder.File("a tree with spaces/build/ImageFactory.Build/Program.cs", "");
        folder.File("a tree with spaces/secure-execution/x.cs", "");
        foreach (string file in (string[])["Directory.Build.props", "Directory.Packages.props", "global.json"])
            folder.File($"a tree with spaces/{file}", "");
        File.Copy(Path.Combine(Approved.Root, "build.sh"), Path.Combine(root, "build.sh"));

        // "Compiles" by leaving a file where the compiler would, and "runs" by saying what it was given.
        folder.Program(
            "bin/dotnet",
            """
            if [ "$1" = build ]; then
                echo compiled >> compilations
                [ ! -e broken ] || { echo 'Program.cs(1,1): error CS1002: ; expected'; exit 1; }
                mkdir -p artifacts/.build/bin/ImageFactory.Build/release
                echo program > artifacts/.build/bin/ImageFactory.Build/release/ImageFactory.Build.dll
                exit 0
            fi
            shift
            printf '[%s]' "$@"
            printf '\n%s\n' "$PWD"
            exit 7
            """);
        environment = new() { ["PATH"] = $"{folder.Path}/bin:{Environment.GetEnvironmentVariable("PATH")}" };

        // Sources are older than anything that is made from now on.
        foreach (string entry in Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(entry, DateTime.UtcNow.AddMinutes(-5));
    }

    private int Compilations => File.Exists(Path.Combine(root, "compilations")) ? File.ReadAllLines(Path.Combine(root, "compilations")).Length : 0;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Arguments_working_folder_and_exit_code_pass_unchanged()
    {
        Spawned.Ended ended = await RunAsync(Path.Combine(root, "build.sh"), "--set", "a=b c", "", "*", "--x=$HOME");

        Assert.Equal($"[--set][a=b c][][*][--x=$HOME]\n{folder.Path}\n", ended.Output);
        Assert.Equal(7, ended.ExitCode);
    }

    [Fact]
    public async Task It_compiles_once_and_again_only_after_a_change()
    {
        string script = Path.Combine(root, "build.sh");

        await RunAsync(script);
        await RunAsync(script);
        int unchanged = Compilations;
        File.WriteAllText(Path.Combine(root, "build", "ImageFactory.Build", "New.cs"), "");
        await RunAsync(script);
        int added = Compilations;
        File.Delete(Path.Combine(root, "build", "ImageFactory.Build", "New.cs"));
        await RunAsync(script);

        Assert.Equal((1, 2, 3), (unchanged, added, Compilations));
    }

    [Fact]
    public async Task It_works_through_links()
    {
        File.CreateSymbolicLink(Path.Combine(folder.Path, "link"), Path.Combine(root, "build.sh"));
        File.CreateSymbolicLink(Path.Combine(folder.Path, "relative"), "link");

        Spawned.Ended ended = await RunAsync(Path.Combine(folder.Path, "relative"), "x");

        Assert.StartsWith("[x]", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compile_error_is_shown_and_ends_with_70_and_the_next_run_tries_again()
    {
        string script = Path.Combine(root, "build.sh");
        File.WriteAllText(Path.Combine(root, "broken"), "");

        Spawned.Ended ended = await RunAsync(script);
        File.Delete(Path.Combine(root, "broken"));
        Spawned.Ended mended = await RunAsync(script);

        Assert.Equal(70, ended.ExitCode);
        Assert.Contains("error CS1002", ended.Error, StringComparison.Ordinal);
        Assert.Contains("IFH051", ended.Error, StringComparison.Ordinal);
        Assert.Equal(7, mended.ExitCode);
    }

    [Fact]
    public async Task Calls_at_the_same_moment_compile_once()
    {
        string script = Path.Combine(root, "build.sh");

        Spawned.Ended[] all = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => RunAsync(script)));

        Assert.All(all, ended => Assert.Equal(7, ended.ExitCode));
        Assert.Equal(1, Compilations);
    }

    [Fact]
    public async Task Without_dotnet_it_says_how_to_get_it()
    {
        // No SDK in any place where it looks.
        Dictionary<string, string> bare = new() { ["PATH"] = "/nowhere", ["HOME"] = "/nowhere", ["DOTNET_ROOT"] = "/nowhere" };

        using Spawned script = Spawned.Program("/bin/bash", [Path.Combine(root, "build.sh")], folder.Path, bare);
        Spawned.Ended ended = await script.EndAsync();

        Assert.Equal(69, ended.ExitCode);
        Assert.Contains("IFH050", ended.Error, StringComparison.Ordinal);
    }

    private async Task<Spawned.Ended> RunAsync(string script, params string[] arguments)
    {
        using Spawned run = Spawned.Program("bash", [script, .. arguments], folder.Path, environment);
        return await run.EndAsync();
    }
}
