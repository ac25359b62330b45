using ImageFactory.Build.Tests.Support;

namespace ImageFactory.Build.Tests.Processes;

/// <summary>The real program: what only shows in a process of its own.</summary>
public sealed class HostProcessTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_signal_ends_a_run_with_its_own_code(string signal, int exitCode)
    {
        using Spawned host = await WaitingDoctorAsync("exec sleep 60");

        host.Signal(signal);
        Spawned.Ended ended = await host.EndAsync();

        Assert.Equal(exitCode, ended.ExitCode);
        Assert.Contains($"IFH040: stopped by SIG{signal}", ended.Error, StringComparison.Ordinal);
        Assert.Empty(ended.Output);
    }

    [Fact]
    public async Task A_second_signal_ends_at_once()
    {
        using Spawned host = await WaitingDoctorAsync("trap '' TERM INT; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; done");

        host.Signal("INT");
        host.Signal("INT");
        Spawned.Ended ended = await host.EndAsync();

        Assert.Equal(130, ended.ExitCode);
    }

    [Theory]
    [InlineData(0, "--version")]
    [InlineData(64, "--nonsense")]
    [InlineData(66, "validate", "--recipe", "nowhere.yaml")]
    [InlineData(65, "validate", "--recipe", "/dev/null")]
    public async Task The_process_ends_with_the_code_of_what_happened(int exitCode, params string[] arguments)
    {
        using Spawned host = Spawned.Host(arguments, folder.Path);

        Assert.Equal(exitCode, (await host.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task No_pipe_gets_an_escape_sequence()
    {
        Dictionary<string, string> terminal = new() { ["TERM"] = "xterm-256color", ["COLORTERM"] = "truecolor", ["CLICOLOR_FORCE"] = "1" };
        using Spawned host = Spawned.Host(["doctor"], folder.Path, terminal);

        Spawned.Ended ended = await host.EndAsync();

        Assert.DoesNotContain('\e', ended.Output + ended.Error);
        Assert.NotEmpty(ended.Output);
    }

    [Theory]
    [InlineData("NO_COLOR", "1")]
    [InlineData("TERM", "dumb")]
    public async Task A_terminal_that_wants_none_gets_no_escape_sequence_either(string name, string value)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script(1) makes the terminal and is not here");
        string dll = Path.Combine(AppContext.BaseDirectory, "ImageFactory.Build.dll");
        Dictionary<string, string> terminal = new() { ["TERM"] = "xterm-256color", ["SHELL"] = "/bin/sh", [name] = value };
        using Spawned host = Spawned.Program("/usr/bin/script", ["-qec", $"dotnet '{dll}' doctor", "/dev/null"], folder.Path, terminal);

        Spawned.Ended ended = await host.EndAsync();

        Assert.Contains("needed for", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', ended.Output);
    }

    [Fact]
    public async Task Standard_output_and_error_may_share_a_file()
    {
        string dll = Path.Combine(AppContext.BaseDirectory, "ImageFactory.Build.dll");
        using Spawned shell = Spawned.Program("bash", ["-c", "echo first > log; dotnet \"$0\" --version >> log 2>&1; dotnet \"$0\" --nonsense >> log 2>&1; echo last >> log", dll], folder.Path);
        await shell.EndAsync();

        string[] lines = await File.ReadAllLinesAsync(Path.Combine(folder.Path, "log"), TestContext.Current.CancellationToken);

        Assert.Equal(["first", "ImageFactory", "IFH001:", "last"], lines.Where(l => l[0] != ' ').Select(l => l.Split(' ')[0]));
    }

    [Fact]
    public async Task A_reader_that_goes_away_is_no_failure()
    {
        string dll = Path.Combine(AppContext.BaseDirectory, "ImageFactory.Build.dll");
        using Spawned shell = Spawned.Program("bash", ["-c", "set -o pipefail; dotnet \"$0\" --help | true", dll], folder.Path);

        Spawned.Ended ended = await shell.EndAsync();

        Assert.Equal(0, ended.ExitCode);
        Assert.Empty(ended.Error);
    }

    /// <summary>The doctor asks programs for their versions; the first one keeps it waiting.</summary>
    private async Task<Spawned> WaitingDoctorAsync(string body)
    {
        string started = Path.Combine(folder.Path, "started");
        folder.Program("mmdebstrap", $"touch {started}; {body}");
        string path = $"{folder.Path}:{Environment.GetEnvironmentVariable("PATH")}";
        Spawned host = Spawned.Host(["doctor"], folder.Path, new Dictionary<string, string> { ["PATH"] = path });
        while (!File.Exists(started))
            await Task.Delay(20, TestContext.Current.CancellationToken);
        return host;
    }
}
