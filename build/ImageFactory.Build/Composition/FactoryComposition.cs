using ImageFactory.Build.Reporting;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Build.Composition;

/// <summary>The one place where the libraries are put together. Lives as long as a run.</summary>
internal sealed class FactoryComposition : IDisposable
{
    private FactoryComposition(IFactory factory) => Factory = factory;

    public IFactory Factory { get; }

    /// <param name="options">What the command line says.</param>
    /// <param name="reporter">Shows what happens; also writes it to the log.</param>
    /// <param name="log">To be opened in the folder of the artifacts, once that is known.</param>
    /// <param name="programs">Starts programs that belong to no stage.</param>
    /// <param name="time">The clock.</param>
    public static FactoryComposition Create(
        FactoryOptions options, IReporter reporter, BuildLog log, IProgramRunner programs, TimeProvider time) =>
        new(new Factory(options, reporter, log, programs, time));

    public void Dispose() => (Factory as IDisposable)?.Dispose();
}
