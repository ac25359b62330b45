using ImageFactory.Model;

namespace ImageFactory.Pipeline.Running;

/// <summary>What a stage says, reported under its name.</summary>
internal sealed class StageLog(string stage, IReporter reporter, Action<Fault> keep) : IStageLog
{
    public void Info(string text) => reporter.Report(new Said(text) { Stage = stage });

    public void Progress(long done, long total, string unit) => reporter.Report(new StageProgressed(done, total, unit) { Stage = stage });

    /// <summary>A stage cannot fail by a warning, so it is made one.</summary>
    public void Warn(Fault fault) => Fail(fault.AsWarning());

    internal void Fail(Fault fault)
    {
        keep(fault);
        reporter.Report(new Faulted(fault) { Stage = stage });
    }
}
