using ImageFactory.Model;

namespace ImageFactory.Pipeline.Programs;

/// <summary>Starts the host's programs: arguments as a list, an environment that was agreed on, ended with all their children on cancel.</summary>
public interface IProgramRunner
{
    /// <exception cref="ImageFactory.Model.FactoryException">
    /// The program is not there (exit code 69), ended with a code that is not accepted, or took longer than its limit;
    /// the fault carries the last lines it said.
    /// </exception>
    Task<ProgramResult> RunAsync(ProgramCall call, CancellationToken cancellation);

    /// <summary>The same for one stage: what programs say is reported under its name, and TMPDIR is its work folder.</summary>
    IProgramRunner ForStage(string stage, DirectoryInfo work) => this;
}

/// <summary>One start of a program.</summary>
public sealed record ProgramCall(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>Added to PATH, HOME, LANG=C.UTF-8, TMPDIR and the proxy variables, which are all that a program gets of ours.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>How the log calls the program, where the one that is started only starts it.</summary>
    public string Name { get; init; } = Path.GetFileName(Program);

    public string? WorkingDirectory { get; init; }

    /// <summary>Given on standard input; empty otherwise. Secrets go this way or through files, never through arguments.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Writes standard input in place of <see cref="Input"/>, for what is too large for memory. What it throws ends the program; an IOException of the stream says only that the program reads no more.</summary>
    public Action<Stream>? WriteInput { get; init; }

    /// <summary>Standard output goes to this file instead of the log.</summary>
    public string? OutputFile { get; init; }

    /// <summary>Keep standard output in the result (bounded to 16 MiB).</summary>
    public bool Capture { get; init; }

    /// <summary>Exit codes that count as success.</summary>
    public IReadOnlyList<int> Accept { get; init; } = [0];

    /// <summary>How the run of the factory ends when this program fails: <see cref="ExitCode.Unavailable"/> for one that asks the network.</summary>
    public ExitCode Failure { get; init; } = ExitCode.Internal;

    /// <summary>What to do when the program is not there; without it the fault refers to the doctor.</summary>
    public string? InstallHint { get; init; }

    /// <summary>Ended with its children when it runs longer.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>Ended at once on cancel, without being asked to end first: for a program whose last acts would spoil what it leaves.</summary>
    public bool EndByForce { get; init; }

    /// <summary>Called for each line of standard error and (unless captured or sent to a file) standard output.</summary>
    public Action<string>? OnLine { get; init; }

    /// <summary>
    /// Called with whole percents, 0 to 100, each time they change in lines that are nothing else, in the way of <c>qemu-img -p</c>:
    /// <c>(12.34/100%)</c>. Such lines are then neither reported nor logged.
    /// </summary>
    public Action<int>? OnPercent { get; init; }
}

/// <param name="Output">Standard output when it was captured, else empty.</param>
public sealed record ProgramResult(int ExitCode, string Output, TimeSpan Elapsed);
