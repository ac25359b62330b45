using System.Diagnostics;
using System.Globalization;

namespace ImageFactory.Build.Tests.Support;

/// <summary>A real process, with what it says.</summary>
internal sealed class Spawned : IDisposable
{
    /// <summary>Generous, since the machine may be busy; no test waits for it to pass.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> error;

    private Spawned(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        process = Process.Start(start)!;
        process.StandardInput.Close();
        output = process.StandardOutput.ReadToEndAsync();
        error = process.StandardError.ReadToEndAsync();
    }

    public static Spawned Program(string program, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        // A pipeline that runs the tests in the background ignores SIGINT, and children inherit that.
        ProcessStartInfo start = new("env", ["--default-signal=INT", program, .. arguments]) { WorkingDirectory = folder ?? "/" };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new Spawned(start);
    }

    /// <summary>The host that these tests were built with.</summary>
    public static Spawned Host(IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? environment = null) =>
        Program("dotnet", [Path.Combine(AppContext.BaseDirectory, "ImageFactory.Build.dll"), .. arguments], folder, environment);

    public void Signal(string name)
    {
        using Process kill = Process.Start("kill", ["-s", name, process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async Task<Ended> EndAsync()
    {
        using CancellationTokenSource limit = new(Limit);
        await process.WaitForExitAsync(limit.Token);
        return new Ended(process.ExitCode, await output, await error);
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    internal sealed record Ended(int ExitCode, string Output, string Error);
}
