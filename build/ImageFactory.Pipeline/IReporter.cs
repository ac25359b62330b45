using ImageFactory.Model;

namespace ImageFactory.Pipeline;

/// <summary>Takes what happens during a run. The host shows it (table, lines or JSON) and writes the build log. Called from several threads.</summary>
public interface IReporter
{
    void Report(RunEvent happened);
}

/// <summary>Something that happened. <see cref="Stage"/> is null for what belongs to the whole run.</summary>
public abstract record RunEvent
{
    public string? Stage { get; init; }
}

/// <summary>The stages of this run, in the order in which they can be done.</summary>
public sealed record StagesPlanned(IReadOnlyList<string> Stages) : RunEvent;

public sealed record StageStarted : RunEvent;

public sealed record StageProgressed(long Done, long Total, string Unit) : RunEvent;

/// <param name="Outcome">How it ended.</param>
/// <param name="Elapsed">Wall-clock time of the stage itself.</param>
/// <param name="Bytes">Size of its output.</param>
public sealed record StageEnded(StageOutcome Outcome, TimeSpan Elapsed, long Bytes) : RunEvent;

public enum StageOutcome
{
    Built,
    Reused,

    /// <summary>Another machine built it, for the shared store.</summary>
    Shared,
    Failed,
    Cancelled,
}

public sealed record Said(string Text) : RunEvent;

/// <summary>A line that a program printed; for the log, and on the terminal only when asked for.</summary>
public sealed record ProgramSaid(string Program, string Line) : RunEvent;

public sealed record Faulted(Fault Fault) : RunEvent;
