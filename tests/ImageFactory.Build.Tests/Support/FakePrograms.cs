using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Build.Tests.Support;

/// <summary>Programs that are functions, and a list of what was started.</summary>
internal sealed class FakePrograms(Func<ProgramCall, ProgramResult> run) : IProgramRunner
{
    public List<string> Started { get; } = [];

    public static ProgramResult Says(string output, int exitCode = 0) => new(exitCode, output, TimeSpan.FromSeconds(1));

    public Task<ProgramResult> RunAsync(ProgramCall call, CancellationToken cancellation)
    {
        Started.Add(string.Join(' ', [call.Program, .. call.Arguments]));
        return Task.FromResult(run(call));
    }
}
