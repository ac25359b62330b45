using System.Runtime.InteropServices;
using ImageFactory.Model;

namespace ImageFactory.Build.Hosting;

/// <summary>SIGINT and SIGTERM: the first cancels one token, so that the run cleans up; the second ends the process at once.</summary>
internal sealed class Shutdown : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private int requests;

    public CancellationToken Token => source.Token;

    /// <summary>How a run ends that was asked to stop; null while nobody has asked.</summary>
    public ExitCode? Requested { get; private set; }

    /// <param name="endNow">Ends the process without another word.</param>
    /// <param name="notice">Tells the user that the run stops.</param>
    public void Listen(Action<ExitCode> endNow, Action<string> notice)
    {
        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Handle(signal, ExitCode.Interrupted, endNow, notice)));
        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Handle(signal, ExitCode.Terminated, endNow, notice)));
    }

    /// <summary>What a signal does, for the handler and for tests.</summary>
    public void Request(ExitCode code, Action<ExitCode> endNow, Action<string> notice)
    {
        if (Interlocked.Increment(ref requests) > 1)
        {
            endNow(code);
            return;
        }

        Requested = code;
        notice("stopping: what was begun is cleaned up; a second signal ends at once");
        source.Cancel();
    }

    public void Dispose()
    {
        registrations.ForEach(r => r.Dispose());
        source.Dispose();
    }

    private void Handle(PosixSignalContext signal, ExitCode code, Action<ExitCode> endNow, Action<string> notice)
    {
        signal.Cancel = true;
        Request(code, endNow, notice);
    }
}
