using ImageFactory.Model;
using ImageFactory.Pipeline.Platform;

namespace ImageFactory.Pipeline;

/// <summary>
/// What is to be undone, in reverse order of registration. Something is registered before it is created,
/// so that there is no moment at which it exists and nobody would remove it.
/// </summary>
/// <param name="limit">How long all of it may take together; <see cref="TimeLimit"/> unless told otherwise.</param>
public sealed class CleanUpStack(TimeSpan? limit = null) : IAsyncDisposable
{
    /// <summary>How long all of it may take together; what is left then stays in the journal for the next run.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(20);

    private readonly Stack<(string What, Func<CancellationToken, Task> Undo)> actions = new();
    private readonly Lock gate = new();

    /// <summary>Faults of actions that did not succeed; they never hide the error that ended the work.</summary>
    public IReadOnlyList<Fault> Faults { get; private set; } = [];

    public void Register(string what, Func<CancellationToken, Task> undo)
    {
        lock (gate)
            actions.Push((what, undo));
    }

    public void RegisterFolder(string path) => Register($"remove {path}", _ =>
    {
        FolderRemoval.Remove(path);
        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource timeUp = new(limit ?? TimeLimit);
        List<Fault> faults = [];
        while (true)
        {
            (string What, Func<CancellationToken, Task> Undo) action;
            lock (gate)
            {
                if (!actions.TryPop(out action))
                    break;
            }

            try
            {
                await action.Undo(timeUp.Token).WaitAsync(timeUp.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                faults.Add(new Fault("IFP301", ExitCode.CannotWrite, $"could not {action.What}: {e.Message}") { Severity = Severity.Warning });
            }
        }

        Faults = faults;
    }
}
