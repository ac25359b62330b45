using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Tests.Tree;

/// <summary>Reports nothing.</summary>
internal sealed class Silence : IReporter
{
    public void Report(RunEvent happened)
    {
    }
}
