using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Measurement.BootCheck;

/// <summary>A program that runs beside the check until it is ended.</summary>
internal sealed class BackgroundProgram : IAsyncDisposable
{
    private readonly CancellationTokenSource end;
    private readonly Task<ProgramResult> running;
    private readonly List<string> said = [];
    private bool disposed;

    private BackgroundProgram(IProgramRunner programs, ProgramCall call, CancellationToken cancellation)
    {
        end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        running = programs.RunAsync(call with { OnLine = Hear }, end.Token);
    }

    public bool HasEnded => running.IsCompleted;

    /// <summary>The lines it said, and why it ended when it did so by itself.</summary>
    public string Said
    {
        get
        {
            lock (said)
                return string.Join('\n', said.Append(running.Exception?.InnerException?.Message).OfType<string>());
        }
    }

    public static BackgroundProgram Start(IProgramRunner programs, ProgramCall call, CancellationToken cancellation) => new(programs, call, cancellation);

    public bool HasSaid(string text)
    {
        lock (said)
            return said.Any(l => l.Contains(text, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;
        disposed = true;
        await end.CancelAsync().ConfigureAwait(false);
        try
        {
            await running.ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or FactoryException)
        {
            // Ended as intended; whoever waits for it looks at HasEnded.
        }

        end.Dispose();
    }

    private void Hear(string line)
    {
        lock (said)
            said.Add(line);
    }
}
