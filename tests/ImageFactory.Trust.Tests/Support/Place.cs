using System.Diagnostics;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Trust.Tests.Support;

/// <summary>A folder for one test, and programs as the factory starts them; what was started is written down.</summary>
internal sealed class Place : IReporter, IProgramRunner, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("trust-");
    private readonly ProgramRunner programs;

    public Place() => programs = new ProgramRunner(ProgramEnvironment.From(new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" }), this, TimeProvider.System);

    /// <summary>Every word of every command line, and every line that programs said.</summary>
    public List<string> Seen { get; } = [];

    public string this[string name] => Path.Combine(folder.FullName, name);

    public static string Vector(string name) => Path.Combine(AppContext.BaseDirectory, "Vectors", name);

    public static byte[] VectorBytes(string name) => File.ReadAllBytes(Vector(name));

    /// <summary>Runs somebody else's program in the folder; fails the test when it fails.</summary>
    public string Run(string program, params string[] arguments)
    {
        (int code, string said) = Try(program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)}\n{said}");
        return said;
    }

    public (int Code, string Said) Try(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = folder.FullName, Environment = { ["HOME"] = folder.FullName } };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    public void Report(RunEvent happened) => Seen.Add(happened.ToString());

    public Task<ProgramResult> RunAsync(ProgramCall call, CancellationToken cancellation)
    {
        Seen.AddRange(call.Arguments);
        return programs.RunAsync(call, cancellation);
    }

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>A program that the target Test provides; in CI it must be there.</summary>
    public static string Need(string program)
    {
        string? found = new[] { Environment.GetEnvironmentVariable("FACTORY_TEST_PROGRAMS") ?? "/nonexistent", "/usr/bin" }.Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);
        Assert.False(found is null && Environment.GetEnvironmentVariable("CI") == "true", $"{program} is not there");
        Assert.SkipWhen(found is null, $"{program} is not there");
        return found!;
    }
}
