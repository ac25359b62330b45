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
    private long sent;

    public LiveReporterTests() => reporter = new LiveReporter(screen, time, () => size, verbose: false);

    public void Dispose() => reporter.Dispose();

    /// <summary>The terminal is drawn on by the timer only.</summary>
    private void Pass(double seconds) => time.Advance(TimeSpan.FromSeconds(seconds));

    [Fact]
    public void A_person_sees_one_line_per_stage_and_what_was_said_above()
    {
        reporter.Report(new StagesPlanned(["packages", "root-filesystem", "initrd"]));
        reporter.Report(new StageEnded(StageOutcome.Reused, TimeSpan.Zero, 95_420_416) { Stage = "packages" });
        reporter.Report(new StageStarted { Stage = "root-filesystem" });
        reporter.Report(new StageProgressed(45, 100, "packages") { Stage = "root-filesystem" });
        Pass(12.2);
        reporter.Report(new Said("a word") { Stage = "root-filesystem" });
        Pass(0.1);

        Assert.Equal(
            [
                "root-filesystem: a word",
                "packages        reused                                                 91.0 MiB",
                "root-filesystem running   [######.........]                   12.3 s       45 %",
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
                "a        built                                                 1.0 s    1.0 KiB",
                "b        failed                                           1 min 05 s",
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
        Pass(1);

        Assert.Equal(["a: IFA001: warning: odd", "a        waiting", ""], screen.Lines);
    }

    [Fact]
    public void A_long_upload_shows_its_speed_and_what_is_left()
    {
        reporter.Report(new StagesPlanned(["disk", "publish aws:eu-1"]));
        reporter.Report(new StageStarted { Stage = "publish aws:eu-1" });
        Upload(3);
        Assert.Equal("publish aws:eu-1 running   [..............]                    3.0 s        1 %", screen.Lines[1]);

        Upload(37);
        Assert.Equal("publish aws:eu-1 running   [##............]  10.0 MiB/s   3 min left       19 %", screen.Lines[1]);

        // Twice as much to do would not fit into three minutes; what stands there counts down.
        Upload(140);
        Assert.Equal("publish aws:eu-1 running   [############..]  10.0 MiB/s    35 s left       85 %", screen.Lines[1]);

        reporter.Report(new StageEnded(StageOutcome.Built, TimeSpan.FromSeconds(181), 2202009600) { Stage = "publish aws:eu-1" });
        Pass(1);
        Assert.Equal("publish aws:eu-1 built                                    3 min 01 s    2.1 GiB", screen.Lines[1]);
    }

    [Fact]
    public void A_stage_that_goes_on_after_its_fetching_does_not_stand_at_100_percent()
    {
        reporter.Report(new StagesPlanned(["root"]));
        reporter.Report(new StageStarted { Stage = "root" });
        reporter.Report(new StageProgressed(100, 100, "bytes") { Stage = "root" });
        Pass(1);
        Assert.Equal("root     running   [######################]                    1.0 s      100 %", screen.Lines[0]);
        Pass(2);
        Assert.Equal("root     running                                               3.0 s", screen.Lines[0]);
    }

    [Fact]
    public void On_a_narrow_screen_the_bar_goes_first_and_then_the_speed()
    {
        reporter.Report(new StagesPlanned(["publish aws:eu-1"]));
        reporter.Report(new StageStarted { Stage = "publish aws:eu-1" });
        Upload(40);
        size = (66, 24);
        Pass(1);
        Assert.Equal("publish aws:eu-1 running       10.0 MiB/s   3 min left       19 %", screen.Lines[0]);

        size = (56, 24);
        Pass(1);
        Assert.Equal("publish aws:eu-1 running          3 min left       19 %", screen.Lines[0]);
    }

    [Fact]
    public void Only_the_state_has_a_colour()
    {
        reporter.Report(new StagesPlanned(["a", "b", "c", "d"]));
        reporter.Report(new StageStarted { Stage = "a" });
        reporter.Report(new StageEnded(StageOutcome.Built, TimeSpan.FromSeconds(1), 1024) { Stage = "a" });
        reporter.Report(new StageEnded(StageOutcome.Failed, TimeSpan.FromSeconds(1), 0) { Stage = "b" });
        reporter.Report(new StageStarted { Stage = "c" });
        reporter.Close();

        Assert.Equal(
            [
                "a        \e[32mbuilt\e[0m                                                 1.0 s    1.0 KiB",
                "b        \e[31mfailed\e[0m                                                1.0 s",
                "c        \e[36mrunning\e[0m                                               0.0 s",
                "d        waiting",
                "4 stages: 1 built, 1 failed, 2 not run",
                "",
            ],
            screen.Raw.Split('\n'));
    }

    [Fact]
    public void Only_lines_that_changed_are_written_again()
    {
        reporter.Report(new StagesPlanned(["a", "b", "c"]));
        reporter.Report(new StageStarted { Stage = "b" });
        Pass(1);
        int before = screen.Raw.Length;
        Pass(1);

        Assert.Equal("\e[3A\r\nb        \e[36mrunning\e[0m                                               2.0 s\e[K\n\n", screen.Raw[before..]);
        Assert.Equal(["a        waiting", "b        running                                               2.0 s", "c        waiting", ""], screen.Lines);
    }

    [Fact]
    public void A_slow_terminal_gets_fewer_pictures_and_nobody_waits_for_it()
    {
        // Each picture takes a second; the clock's timers ring meanwhile, as the real one's do.
        bool taking = false;
        screen.Taking = () =>
        {
            Assert.False(taking, "two wrote at once");
            taking = true;
            for (int i = 0; i < 10; i++)
                Pass(0.1);
            reporter.Report(new Said("said meanwhile"));
            taking = false;
        };
        reporter.Report(new StagesPlanned(["a"]));
        reporter.Report(new StageStarted { Stage = "a" });
        for (int i = 0; i < 100; i++)
            Pass(0.1);

        // Ten seconds of its own and one in each of the pictures, each of which has four of rest behind it.
        Assert.InRange(screen.Writes, 2, 3);
        screen.Taking = null;
        reporter.Close();
        Assert.Equal(screen.Writes - 1, screen.Lines.Count(l => l == "said meanwhile"));
    }

    [Fact]
    public void A_terminal_that_takes_nothing_does_not_fill_the_memory()
    {
        reporter.Report(new StagesPlanned(["a"]));
        for (int i = 0; i < 10_003; i++)
            reporter.Report(new Said("a line"));
        Pass(1);

        Assert.Equal(10_000, screen.Lines.Count(l => l == "a line"));
        Assert.Equal(["3 more lines are in the log of the build only", "a        waiting", ""], screen.Lines.TakeLast(3));
    }

    [Fact]
    public void A_second_run_leaves_the_table_of_the_first_above_its_own()
    {
        reporter.Report(new StagesPlanned(["a"]));
        reporter.Report(new StageEnded(StageOutcome.Reused, TimeSpan.Zero, 1024) { Stage = "a" });
        Pass(1);
        reporter.Report(new StagesPlanned(["publish"]));
        Pass(1);

        Assert.Equal(
            ["a        reused                                                         1.0 KiB", "1 stages: 1 reused", "publish  waiting", ""],
            screen.Lines);
    }

    /// <summary>Ten of 2100 MiB each second.</summary>
    private void Upload(int seconds)
    {
        for (int i = 0; i < seconds; i++)
        {
            Pass(1);
            reporter.Report(new StageProgressed(sent += 10 << 20, 2100L << 20, "bytes") { Stage = "publish aws:eu-1" });
        }

        Pass(0.01);
    }
}
