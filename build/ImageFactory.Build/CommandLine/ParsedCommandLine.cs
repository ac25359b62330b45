using ImageFactory.Model;

namespace ImageFactory.Build.CommandLine;

/// <summary>An invocation, or everything that is wrong with the command line.</summary>
internal sealed record ParsedCommandLine(Invocation? Invocation, IReadOnlyList<Fault> Faults);
