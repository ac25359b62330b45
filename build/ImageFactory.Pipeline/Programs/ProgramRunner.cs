using System.ComponentModel;
using ImageFactory.Model;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Platform;

namespace ImageFactory.Pipeline.Programs;

/// <summary>Starts programs of the host machine.</summary>
/// <param name="environment">All that programs get, see <see cref="ProgramEnvironment.From"/>.</param>
/// <param name="journal">Knows the groups that would be left behind if this process were killed; null where no run is going on.</param>
public sealed class ProgramRunner(
    IReadOnlyDictionary<string, string> environment, IReporter reporter, TimeProvider time, RunJournal? journal = null) : IProgramRunner
{
    private OutputMask mask = new([]);

    /// <summary>Texts that never appear in what is reported, whatever a program says.</summary>
    public IReadOnlyList<string> Secrets
    {
        init => mask = new OutputMask(value);
    }

    private string? Stage { get; init; }

    public IProgramRunner ForStage(string stage, DirectoryInfo work) =>
        new ProgramRunner(new Dictionary<string, string>(environment) { ["TMPDIR"] = work.FullName }, reporter, time, journal) { mask = mask, Stage = stage };

    public async Task<ProgramResult> RunAsync(ProgramCall call, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Dictionary<string, string> variables = new(environment);
        foreach ((string name, string value) in call.Environment)
            variables[name] = value;

        string searchPath = variables.GetValueOrDefault("PATH", "");
        string program = ProgramPath.Find(call.Program, searchPath, call.WorkingDirectory) ?? throw new FactoryException(ProgramFaults.NotFound(call));
        ProgramCall setsid = new("setsid", []) { InstallHint = "install util-linux" };
        string setsidPath = ProgramPath.Find(setsid.Program, searchPath, null)
            ?? ProgramPath.Find("/usr/bin/setsid", "", null)
            ?? throw new FactoryException(ProgramFaults.NotFound(setsid));

        long began = time.GetTimestamp();
        await using FileStream? outputFile = CreateOutputFile(call);
        using RunningProgram running = Start(setsidPath, program, call, variables);
        ProgramSpeech speech = new(call, mask, line => reporter.Report(new ProgramSaid(call.Name, line) { Stage = Stage }));
        using CancellationTokenSource limit = call.Limit is { } longest ? new CancellationTokenSource(longest, time) : new CancellationTokenSource();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);

        Task talk = speech.ListenAsync(running, outputFile, stop);
        bool byItself = await running.WaitAsync(talk, stop.Token).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        if (speech.WriteError is { } error)
            throw new FactoryException(ProgramFaults.CannotWriteOutput(call, error), error);
        if (talk.IsCompleted)
            await talk.ConfigureAwait(false);
        if (!byItself)
            throw new FactoryException(ProgramFaults.TookTooLong(call, speech.Detail));
        return Judge(call, running.ExitCode, speech, time.GetElapsedTime(began));
    }

    // A journal that cannot be written to is the run's trouble, not the program's: that passes through.
    private RunningProgram Start(string setsid, string program, ProgramCall call, Dictionary<string, string> variables)
    {
        try
        {
            return RunningProgram.Start(setsid, program, call, variables, journal);
        }
        catch (Win32Exception e)
        {
            throw new FactoryException(ProgramFaults.CannotStart(call, e), e);
        }
    }

    private static FileStream? CreateOutputFile(ProgramCall call)
    {
        if (call.OutputFile is null)
            return null;
        try
        {
            return new FileStream(call.OutputFile, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (IoErrors.IsAny(e))
        {
            throw new FactoryException(ProgramFaults.CannotWriteOutput(call, e), e);
        }
    }

    private static ProgramResult Judge(ProgramCall call, int code, ProgramSpeech speech, TimeSpan elapsed)
    {
        if (!call.Accept.Contains(code))
        {
            throw new FactoryException(speech.SaidNoSpace ? ProgramFaults.NoSpace(call, code, speech.Detail)
                : code is > 128 and < 160 ? ProgramFaults.KilledBy(call, code - 128, speech.Detail)
                : ProgramFaults.EndedWith(call, code, speech.Detail));
        }

        if (speech.Captured is { Overflowed: true })
            throw new FactoryException(ProgramFaults.SaidTooMuch(call, CapturedOutput.Limit));
        return new ProgramResult(code, speech.Captured?.Text ?? "", elapsed);
    }
}
