using System.Text.Json;
using ImageFactory.Build.Reporting;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Build.Tests.Reporting;

public sealed class JsonReporterTests
{
    [Fact]
    public void Every_event_is_one_object_on_one_line()
    {
        StringWriter seen = new();
        JsonReporter reporter = new(seen, new ManualTime(), verbose: true);

        reporter.Report(new StagesPlanned(["a"]));
        reporter.Report(new StageStarted { Stage = "a" });
        reporter.Report(new StageProgressed(1, 2, "files") { Stage = "a" });
        reporter.Report(new Said("two\nlines"));
        reporter.Report(new ProgramSaid("tar", "x") { Stage = "a" });
        reporter.Report(new StageEnded(StageOutcome.Failed, TimeSpan.FromSeconds(1.5), 0) { Stage = "a" });
        reporter.Report(new Faulted(new Fault("IFA001", ExitCode.InvalidInput, "wrong") { Where = "r.yaml:1:2", Hint = "mend it" }));
        reporter.Ended(ExitCode.InvalidInput);

        string[] lines = seen.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] names = [.. lines.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("event").GetString()!)];
        Assert.Equal(["stages-planned", "stage-started", "stage-progressed", "said", "program-said", "stage-ended", "fault", "ended"], names);
        Assert.Equal(
            """{"time":"2026-03-04T05:06:07Z","event":"fault","severity":"error","code":"IFA001","exitCode":65,"message":"wrong","where":"r.yaml:1:2","hint":"mend it"}""",
            lines[6]);
        Assert.Equal("""{"time":"2026-03-04T05:06:07Z","event":"ended","exitCode":65}""", lines[7]);
    }

    [Theory]
    [InlineData(10_000, new long[] { 1, 1001, 2001, 10_000 })]
    [InlineData(0, new long[] { 1, 1001, 2001 })]
    public void Progress_is_told_once_a_second_and_at_its_end(long total, long[] told)
    {
        StringWriter seen = new();
        ManualTime time = new();
        JsonReporter reporter = new(seen, time, verbose: false);

        for (long done = 1; done <= 2500; done++)
        {
            reporter.Report(new StageProgressed(done, total, "bytes") { Stage = "a" });
            time.Advance(TimeSpan.FromMilliseconds(1));
        }

        if (total > 0)
            reporter.Report(new StageProgressed(total, total, "bytes") { Stage = "a" });

        Assert.Equal(told, seen.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("done").GetInt64()));
    }
}
