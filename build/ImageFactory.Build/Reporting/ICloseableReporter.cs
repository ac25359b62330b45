using ImageFactory.Pipeline;

namespace ImageFactory.Build.Reporting;

/// <summary>A reporter that shows something while the run goes on.</summary>
internal interface ICloseableReporter : IReporter
{
    /// <summary>Leaves the screen to others: what is shown now stays and is not touched again. A later event starts anew.</summary>
    void Close();
}
