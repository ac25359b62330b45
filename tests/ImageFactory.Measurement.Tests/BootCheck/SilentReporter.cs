using ImageFactory.Pipeline;

namespace ImageFactory.Measurement.Tests.BootCheck;

internal sealed class SilentReporter : IReporter
{
    public void Report(RunEvent happened)
    {
    }
}
