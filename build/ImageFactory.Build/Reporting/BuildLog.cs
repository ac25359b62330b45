using System.Text;
using ImageFactory.Pipeline;

namespace ImageFactory.Build.Reporting;

/// <summary>
/// Keeps everything of a run, with what programs said and with traces, and writes it to <c>build.log</c> once the place of that file is known.
/// A log that cannot be written never ends a build.
/// </summary>
internal sealed class BuildLog(TimeProvider time, SecretMask mask) : IReporter, IDisposable
{
    /// <summary>Enough for what happens before the recipe is read; a run that never opens a log loses the rest.</summary>
    private const int MostHeldBack = 1 << 20;

    private readonly Lock gate = new();
    private readonly StringBuilder heldBack = new();
    private StreamWriter? file;

    public string? Path { get; private set; }

    /// <summary>Why the log is incomplete.</summary>
    public string? Failure { get; private set; }

    /// <summary>From now on the log goes to this file, beginning with what happened so far.</summary>
    public void Open(string path)
    {
        lock (gate)
        {
            try
            {
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
                FileStream stream = new(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
                file?.Dispose();
                file = new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true };
                file.Write(heldBack);
                Path = path;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Failure = $"{path}: {e.Message}";
            }
        }
    }

    public void Report(RunEvent happened)
    {
        // Errors are in the log, too: on the screen they come at the end.
        string? text = happened is Faulted faulted ? faulted.Fault.ToString() : EventText.Of(happened);
        if (text is not null && happened is not StageProgressed)
            Write(text);
    }

    public void Write(string text)
    {
        string line = mask.Apply($"{EventText.TimeStamp(time.GetUtcNow())} {text}\n");
        lock (gate)
        {
            if (file is null)
            {
                if (heldBack.Length < MostHeldBack)
                    heldBack.Append(line);
                return;
            }

            try
            {
                file.Write(line);
            }
            catch (IOException e)
            {
                Failure ??= $"{Path}: {e.Message}";
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            try
            {
                file?.Dispose();
            }
            catch (IOException e)
            {
                Failure ??= $"{Path}: {e.Message}";
            }

            file = null;
        }
    }
}
