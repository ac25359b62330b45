using System.Globalization;
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
        using PlainReporter reporter = new(seen, time, verbose: false);

        reporter.Report(new StagesPlanned(["root", "disk"]));
        reporter.Report(new StageStarted { Stage = "root" });
        time.Advance(TimeSpan.FromSeconds(2));
        reporter.Report(new Said("177 packages") { Stage = "root" });
        reporter.Report(new ProgramSaid("mmdebstrap", "I: chatter") { Stage = "root" });
        time.Advance(TimeSpan.FromSeconds(50));
        reporter.Report(new StageEnded(StageOutcome.Built, TimeSpan.FromSeconds(52.18), 188_743_680) { Stage = "root" });
        reporter.Report(new StageEnded(StageOutcome.Reused, TimeSpan.Zero, 1024) { Stage = "disk" });
        reporter.Report(new Faulted(new Fault("IFA001", ExitCode.InvalidInput, "odd").AsWarning()));

        Assert.Equal(
            """
            2026-03-04T05:06:07Z 2 stages: root, disk
            2026-03-04T05:06:07Z root: started
            2026-03-04T05:06:09Z root: 177 packages
            2026-03-04T05:06:59Z root: built in 52.1 s, 180.0 MiB
            2026-03-04T05:06:59Z disk: reused, 1.0 KiB
            2026-03-04T05:06:59Z IFA001: warning: odd

            """,
            seen.ToString());
    }

    [Fact]
    public void Progress_is_told_every_ten_seconds_at_most_with_speed_and_what_is_left()
    {
        using PlainReporter reporter = new(seen, time, verbose: false);
        reporter.Report(new StageStarted { Stage = "root" });

        Fetch(reporter, 1, 25, 60);

        Assert.Equal(
            """
            2026-03-04T05:06:07Z root: started
            2026-03-04T05:06:17Z root: 10.0 MiB of 60.0 MiB, 16 %, 1.0 MiB/s, 50 s left
            2026-03-04T05:06:27Z root: 20.0 MiB of 60.0 MiB, 33 %, 1.0 MiB/s, 40 s left

            """,
            seen.ToString());
    }

    [Fact]
    public void Of_what_takes_long_once_a_minute_is_enough()
    {
        using PlainReporter reporter = new(seen, time, verbose: false);
        reporter.Report(new StageStarted { Stage = "root" });

        Fetch(reporter, 1, 600, 600);

        string[] lines = seen.ToString().TrimEnd().Split('\n');
        Assert.Equal(["0 min", "10 s", "20 s", "30 s", "40 s", "50 s", "1 min", "2 min", "3 min", "4 min", "5 min", "6 min", "7 min", "8 min", "9 min", "10 min"], lines.Select(WhenOf));
        Assert.Equal("2026-03-04T05:11:07Z root: 300.0 MiB of 600.0 MiB, 50 %, 1.0 MiB/s, 5 min left", lines[10]);
        Assert.Equal("2026-03-04T05:16:07Z root: 600.0 MiB of 600.0 MiB, 100 %, 1.0 MiB/s", lines[15]);

        static string WhenOf(string line)
        {
            TimeSpan passed = DateTimeOffset.Parse(line[..20], CultureInfo.InvariantCulture) - new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
            return passed.Seconds > 0 ? $"{passed.Seconds} s" : $"{passed.Minutes} min";
        }
    }

    [Fact]
    public void A_stage_that_tells_nothing_is_known_to_be_alive()
    {
        using PlainReporter reporter = new(seen, time, verbose: false);
        reporter.Report(new StageStarted { Stage = "root" });
        reporter.Report(new StageStarted { Stage = "disk" });
        for (int i = 0; i < 140; i++)
            time.Advance(TimeSpan.FromSeconds(1));
        reporter.Report(new StageEnded(StageOutcome.Built, TimeSpan.FromSeconds(140), 1024) { Stage = "root" });
        time.Advance(TimeSpan.FromSeconds(40));

        Assert.Equal(
            """
            2026-03-04T05:06:07Z root: started
            2026-03-04T05:06:07Z disk: started
            2026-03-04T05:07:07Z root: still running after 1 min 00 s
            2026-03-04T05:07:07Z disk: still running after 1 min 00 s
            2026-03-04T05:08:07Z root: still running after 2 min 00 s
            2026-03-04T05:08:07Z disk: still running after 2 min 00 s
            2026-03-04T05:08:27Z root: built in 2 min 20 s, 1.0 KiB
            2026-03-04T05:09:07Z disk: still running after 3 min 00 s

            """,
            seen.ToString());
    }

    [Fact]
    public void An_upload_that_stands_still_has_neither_speed_nor_end()
    {
        using PlainReporter reporter = new(seen, time, verbose: false);
        reporter.Report(new StageStarted { Stage = "root" });
        Fetch(reporter, 1, 15, 60);
        for (int i = 0; i < 70; i++)
            time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(
            """
            2026-03-04T05:06:07Z root: started
            2026-03-04T05:06:17Z root: 10.0 MiB of 60.0 MiB, 16 %, 1.0 MiB/s, 50 s left
            2026-03-04T05:07:22Z root: 15.0 MiB of 60.0 MiB, 25 %; still running after 1 min 15 s

            """,
            seen.ToString());
    }

    [Fact]
    public void What_programs_say_is_shown_when_it_is_asked_for()
    {
        using PlainReporter reporter = new(seen, time, verbose: true);

        reporter.Report(new ProgramSaid("tar", "a line") { Stage = "root" });

        Assert.Equal("2026-03-04T05:06:07Z root: tar: a line\n", seen.ToString());
    }

    /// <summary>A mebibyte each second.</summary>
    private void Fetch(PlainReporter reporter, int from, int to, long total)
    {
        for (int i = from; i <= to; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            reporter.Report(new StageProgressed((long)i << 20, total << 20, "bytes") { Stage = "root" });
        }
    }
}
