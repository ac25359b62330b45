using System.Diagnostics;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Tests.Inspection;

/// <summary>Starts programs plainly, for tests that need what they do.</summary>
internal sealed class ToolRunner : IProgramRunner
{
    public static ProgramCall CallOf(string name, IReadOnlyList<string> arguments) => new(Tool.Need(name), arguments);

    public List<string> Started { get; } = [];

    public async Task<ProgramResult> RunAsync(ProgramCall call, CancellationToken cancellation)
    {
        Started.Add(Path.GetFileName(call.Program));
        ProcessStartInfo start = new(call.Program, call.Arguments)
        {
            WorkingDirectory = call.WorkingDirectory ?? "",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
        string errors = await process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        Assert.True(call.Accept.Contains(process.ExitCode), $"{call.Program} {string.Join(' ', call.Arguments)}: {await output}{errors}");
        return new ProgramResult(process.ExitCode, await output, TimeSpan.Zero);
    }
}
