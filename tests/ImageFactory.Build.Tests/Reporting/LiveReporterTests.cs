using ImageFactory.Build.Reporting;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Build.Tests.Reporting;

public sealed class LiveReporterTests : IDisposable
{
    private readonly ManualTime time = new();
    private readonly Screen screen = new();
    private readonly LiveReporter reporter;
    private (int Width, int Height) size = (80, 24);

    public LiveReporterTests() => reporter = new LiveReporter(screen, time, () => size, verbose: false);

    public void Dispose() => reporter.Dispose();

    [Fact]
    public void A_person_sees_one_line_per_stage_and_what_was_said_above()
    {
        reporter.Report(new StagesPlanned(["packages", "root-filesystem", "initrd"]));
        reporter.Report(new StageEnded(StageOutcome.Reused, TimeSpan.Zero, 95_420_416) { Stage = "packages" });
        reporter.Report(new StageStarted { Stage = "root-filesystem" });
        reporter.Report(new StageProgressed(45, 100, "packages") { Stage = "root-filesystem" });
        time.Advance(TimeSpan.FromSeconds(12.3));
        reporter.Report(new Said("a word") { Stage = "root-filesystem" });

        Assert.Equal(
            [
                "root-filesystem: a word",
                "packages        reused                                            91.0 MiB",
                "root-filesystem running   [#########.............]       12.3 s       45 %",
                "initrd          waiting",
                "",
            ],
            screen.Lines);
    }

    [Fact]
    public void At_the_end_the_whole_table_stays_with_a_summary()
    {
        reporter.Report(new StagesPlanned(["a", "b", "c"]));
        reporter.Report(new StageStarted { Stage = "a" });
        time.Advance(TimeSpan.FromSeconds(1));
        reporter.Report(new StageEnded(StageOutcome.Built, TimeSpan.FromSeconds(1), 1024) { Stage = "a" });
        reporter.Report(new StageEnded(StageOutcome.Failed, TimeSpan.FromSeconds(65), 0) { Stage = "b" });
        reporter.Close();
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(
            [
                "a        built                                     1.0 s    1.0 KiB",
                "b        failed                               1 min 05 s",
                "c        waiting",
                "3 stages: 1 built, 1 failed, 1 not run",
                "",
            ],
            screen.Lines);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(40)]
    [InlineData(20)]
    public void No_line_reaches_the_last_column(int width)
    {
        size = (width, 24);

        reporter.Report(new StagesPlanned(["a-stage-with-a-name-that-is-much-longer-than-the-screen-is-wide", "b"]));
        reporter.Report(new StageStarted { Stage = "b" });
        reporter.Report(new StageProgressed(1, 2, "bytes") { Stage = "b" });
        time.Advance(TimeSpan.FromSeconds(100));

        Assert.All(screen.Lines, line => Assert.True(line.Length < width, line));
    }

    [Fact]
    public void More_stages_than_lines_show_those_that_run()
    {
        size = (80, 7);
        string[] stages = [.. Enumerable.Range(1, 20).Select(i => $"stage-{i:00}")];

        reporter.Report(new StagesPlanned(stages));
        foreach (string stage in stages.Take(10))
            reporter.Report(new StageEnded(StageOutcome.Reused, TimeSpan.Zero, 1) { Stage = stage });
        reporter.Report(new StageStarted { Stage = "stage-11" });
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(6, screen.Lines.Count);
        Assert.Contains(screen.Lines, l => l.StartsWith("stage-11 ", StringComparison.Ordinal) && l.Contains("running", StringComparison.Ordinal));
        Assert.Equal("10 of 20 stages done", screen.Lines[^2]);
    }

    [Fact]
    public void A_warning_scrolls_by_above_the_table_and_an_error_waits_for_the_end()
    {
        reporter.Report(new StagesPlanned(["a"]));
        reporter.Report(new Faulted(new Fault("IFA001", ExitCode.InvalidInput, "odd").AsWarning()) { Stage = "a" });
        reporter.Report(new Faulted(new Fault("IFA002", ExitCode.InvalidInput, "wrong")) { Stage = "a" });

        Assert.Equal(["a: IFA001: warning: odd", "a        waiting", ""], screen.Lines);
    }
}
