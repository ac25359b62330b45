namespace ImageFactory.Pipeline.Programs;

/// <summary>Gives a program its input and takes what it says: into the log, a file or memory.</summary>
internal sealed class ProgramSpeech(ProgramCall call, OutputMask mask, Action<string> report)
{
    private readonly LastLines last = new();
    private readonly Lock gate = new();
    private int lastPercent = -1;

    /// <summary>Null unless the caller wants standard output.</summary>
    internal CapturedOutput? Captured { get; } = call.Capture ? new CapturedOutput() : null;

    /// <summary>Why the file for standard output could not be written.</summary>
    internal Exception? WriteError { get; private set; }

    internal bool SaidNoSpace { get; private set; }

    /// <summary>For a fault: the command line, then the last lines.</summary>
    internal string Detail
    {
        get
        {
            lock (gate)
            {
                IEnumerable<string> lines = last.Lines.Count > 0 || Captured is null
                    ? last.Lines
                    : Captured.Text.Split('\n').TakeLast(LastLines.Kept).Select(mask.Apply);
                return string.Join('\n', lines.Prepend(mask.Apply($"$ {ShellText.Of(call)}")));
            }
        }
    }

    /// <summary>Ends when the program has closed both outputs.</summary>
    internal Task ListenAsync(RunningProgram running, Stream? outputFile, CancellationTokenSource stop) => Task.WhenAll(
        EndOnErrorAsync(GiveInputAsync(running), stop),
        EndOnErrorAsync(LineReader.ReadAsync(running.Errors, Hear, CancellationToken.None), stop),
        EndOnErrorAsync(TakeOutputAsync(running.Output, outputFile), stop));

    private Task TakeOutputAsync(Stream output, Stream? file) =>
        file is not null ? SaveAsync(output, file)
        : Captured is not null ? Captured.ReadAsync(output, CancellationToken.None)
        : LineReader.ReadAsync(output, Hear, CancellationToken.None);

    // A program that nobody listens to any more would wait for ever to be heard.
    private static async Task EndOnErrorAsync(Task listening, CancellationTokenSource stop)
    {
        try
        {
            await listening.ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Both outputs are read at once; the caller's delegate is called by one at a time.
    private void Hear(string line)
    {
        if (call.OnPercent is { } onPercent && PercentLine.TryRead(line, out int percent))
        {
            lock (gate)
            {
                if (percent != lastPercent)
                    onPercent(lastPercent = percent);
            }

            return;
        }

        string masked = mask.Apply(PlainLine.Of(line));
        if (masked.Length == 0)
            return;
        lock (gate)
        {
            last.Add(masked);
            SaidNoSpace |= line.Contains("No space left on device", StringComparison.Ordinal);
            report(masked);
            call.OnLine?.Invoke(line);
        }
    }

    private async Task GiveInputAsync(RunningProgram running)
    {
        Stream input = running.Input;
        if (call.WriteInput is not null)
            running.WidenInput();
        try
        {
            await using (input.ConfigureAwait(false))
            {
                if (call.WriteInput is { } write)
                    await Task.Run(() => write(input)).ConfigureAwait(false);
                else
                    await input.WriteAsync(call.Input).ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            // A program need not read what it is given; whether it succeeded is told by its exit code.
        }
    }

    private async Task SaveAsync(Stream output, Stream file)
    {
        try
        {
            await output.CopyToAsync(file, 1 << 17).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            WriteError = e;
            throw;
        }
    }
}
