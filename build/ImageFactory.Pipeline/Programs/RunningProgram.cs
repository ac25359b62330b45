using System.Diagnostics;
using System.IO.Pipes;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Platform;

namespace ImageFactory.Pipeline.Programs;

/// <summary>
/// A program that leads its own session and process group, so that it can be ended with all its children.
/// It is started through <c>setsid</c>, which becomes the program without a fork: the process id is the group's.
/// </summary>
internal sealed class RunningProgram : IDisposable
{
    /// <summary>Between the request to end and the end by force.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    /// <summary>How long children that outlive the program may finish what they are saying.</summary>
    private static readonly TimeSpan Straggle = TimeSpan.FromSeconds(2);

    private readonly Process process;
    private readonly RunJournal? journal;
    private readonly bool endByForce;
    private readonly int group;

    private RunningProgram(Process process, RunJournal? journal, bool endByForce)
    {
        this.process = process;
        this.journal = journal;
        this.endByForce = endByForce;
        group = process.Id;
    }

    internal Stream Input => process.StandardInput.BaseStream;

    /// <summary>Lets what writes and what reads much go on side by side; a pipe that stays small is only slower.</summary>
    internal void WidenInput()
    {
        if (Input is PipeStream pipe)
            _ = Native.Control((int)pipe.SafePipeHandle.DangerousGetHandle(), Native.SetPipeSize, Native.LargePipe);
    }

    internal Stream Output => process.StandardOutput.BaseStream;

    internal Stream Errors => process.StandardError.BaseStream;

    /// <summary>As the base library tells it: 128 + n for an end by signal n.</summary>
    internal int ExitCode => process.ExitCode;

    internal static RunningProgram Start(string setsid, string program, ProgramCall call, IReadOnlyDictionary<string, string> environment, RunJournal? journal)
    {
        ProcessStartInfo start = new(setsid, call.Arguments.Prepend(program))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = call.WorkingDirectory ?? "",
        };
        start.Environment.Clear();
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        if (journal is not null)
            start.Environment[RunJournal.Marker] = journal.Id;

        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} was not started");
        RunningProgram running = new(process, journal, call.EndByForce);
        try
        {
            journal?.Started(process.Id, call.Program);
        }
        catch
        {
            // What cannot be written down must not run: nobody would end it after this process.
            running.Signal(Native.SignalKill);
            running.Dispose();
            throw;
        }

        return running;
    }

    /// <summary>Waits for the end of the program and of the tasks that read what it says. Ends it, with its children, when the token says so.</summary>
    /// <returns>False when it had to be ended.</returns>
    internal async Task<bool> WaitAsync(Task reading, CancellationToken stop)
    {
        bool byItself = true;
        try
        {
            await process.WaitForExitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            byItself = false;
            await EndAsync().ConfigureAwait(false);
        }

        await WaitUpTo(Straggle, reading).ConfigureAwait(false);
        _ = Native.Kill(-group, Native.SignalKill);
        await WaitUpTo(Straggle, reading).ConfigureAwait(false);
        return byItself;
    }

    public void Dispose()
    {
        journal?.Ended(group);
        process.Dispose();
    }

    private async Task EndAsync()
    {
        Signal(endByForce ? Native.SignalKill : Native.SignalTerminate);
        if (!await WaitUpTo(Grace, process.WaitForExitAsync(CancellationToken.None)).ConfigureAwait(false))
            Signal(Native.SignalKill);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    // There is an instant in which setsid has not made the group yet.
    private void Signal(int signal)
    {
        if (Native.Kill(-group, signal) != 0 && !process.HasExited)
            _ = Native.Kill(group, signal);
    }

    private static async Task<bool> WaitUpTo(TimeSpan limit, Task task)
    {
        using CancellationTokenSource giveUp = new();
        Task first = await Task.WhenAny(task, Task.Delay(limit, giveUp.Token)).ConfigureAwait(false);
        await giveUp.CancelAsync().ConfigureAwait(false);
        return first == task;
    }
}
