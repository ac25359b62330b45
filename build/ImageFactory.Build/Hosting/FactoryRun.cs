using ImageFactory.Build.Composition;
using ImageFactory.Build.Doctor;
using ImageFactory.Build.Testing;

namespace ImageFactory.Build.Hosting;

/// <summary>One run of a target: what its tasks work with, and the answers they gave.</summary>
internal sealed class FactoryRun
{
    public required string Target { get; init; }

    public required IFactory Factory { get; init; }

    public required HostDoctor Doctor { get; init; }

    public required TestRun Tests { get; init; }

    /// <summary>Puts an answer in front of the user.</summary>
    public required Action<Answer> Printer { get; init; }

    public required CancellationToken Cancellation { get; init; }

    /// <summary>How the last task that answered ended.</summary>
    public Model.ExitCode ExitCode { get; private set; }

    /// <summary>Set by a task framework that reports a failure instead of throwing it.</summary>
    public Exception? Failure { get; set; }

    public void Show(Answer answer)
    {
        ExitCode = answer.ExitCode;
        if (answer.OnlyFor is null || answer.OnlyFor == Target)
            Printer(answer);
    }
}
