using ImageFactory.Build.Composition;
using ImageFactory.Build.Doctor;
using ImageFactory.Build.Testing;

namespace ImageFactory.Build.Hosting;

/// <summary>What tasks see of a run. It grows by libraries, not by properties of single tasks.</summary>
public sealed partial class FactoryContext
{
    private readonly FactoryRun run;

    /// <summary>Ends with SIGINT and SIGTERM.</summary>
    public CancellationToken Cancellation => run.Cancellation;

    internal IFactory Factory => run.Factory;

    internal HostDoctor Doctor => run.Doctor;

    internal TestRun Tests => run.Tests;

    internal void Show(Answer answer) => run.Show(answer);
}
