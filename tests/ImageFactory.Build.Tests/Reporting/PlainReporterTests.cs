using ImageFactory.Build.Reporting;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Build.Tests.Reporting;

public sealed class PlainReporterTests : IDisposable
{
    private readonly ManualTime time = new();
    private readonly StringWriter seen = new();

    public void Dispose() => seen.Dispose();

    [Fact]
    public void A_run_reads_as_lines_with_their_utc_time()
    {
        PlainReporter reporter = new(seen, time, verbose: false);

        reporter.Report(new StagesPlanned(["root", "disk"]));
        reporter.Report(new StageStarted { Stage = "root" });
        time.Advance(TimeSpan.FromSeconds(2));
        reporter.Report(new Said("177 packages") { Stage = "root" });
        reporter.Report(new ProgramSaid("mmdebstrap", "I: chatter") { Stage = "root" });
        time.Advance(TimeSpan.FromSeconds(70));
        reporter.Report(new StageEnded(StageOutcome.Built, TimeSpan.FromSeconds(72.18), 188_743_680) { Stage = "root" });
        reporter.Report(new StageEnded(StageOutcome.Reused, TimeSpan.Zero, 1024) { Stage = "disk" });
        reporter.Report(new Faulted(new Fault("IFA001", ExitCode.InvalidInput, "odd").AsWarning()));

        Assert.Equal(
            """
            2026-03-04T05:06:07Z 2 stages: root, disk
            2026-03-04T05:06:07Z root: started
            2026-03-04T05:06:09Z root: 177 packages
            2026-03-04T05:07:19Z root: built in 1 min 12 s, 180.0 MiB
            2026-03-04T05:07:19Z disk: reused, 1.0 KiB
            2026-03-04T05:07:19Z IFA001: warning: odd

            """,
            seen.ToString());
    }

    [Fact]
    public void Progress_is_told_every_ten_seconds_at_most()
    {
        PlainReporter reporter = new(seen, time, verbose: false);
        reporter.Report(new StageStarted { Stage = "root" });

        for (int i = 1; i <= 25; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            reporter.Report(new StageProgressed(i * 1048576, 25 * 1048576, "bytes") { Stage = "root" });
        }

        Assert.Equal(
            """
            2026-03-04T05:06:07Z root: started
            2026-03-04T05:06:17Z root: 10.0 MiB of 25.0 MiB, 40 %
            2026-03-04T05:06:27Z root: 20.0 MiB of 25.0 MiB, 80 %

            """,
            seen.ToString());
    }

    [Fact]
    public void What_programs_say_is_shown_when_it_is_asked_for()
    {
        PlainReporter reporter = new(seen, time, verbose: true);

        reporter.Report(new ProgramSaid("tar", "a line") { Stage = "root" });

        Assert.Equal("2026-03-04T05:06:07Z root: tar: a line\n", seen.ToString());
    }
}
