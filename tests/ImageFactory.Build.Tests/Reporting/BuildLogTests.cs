using ImageFactory.Build.Reporting;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Build.Tests.Reporting;

public sealed class BuildLogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_log_begins_before_its_place_is_known_and_holds_everything()
    {
        SecretMask mask = new();
        mask.Add("s3cr3t-word");
        string path = Path.Combine(folder.Path, "podvm", "build.log");
        using (BuildLog log = new(new ManualTime(), mask))
        {
            log.Write("ImageFactory 0: Build");
            log.Open(path);
            log.Report(new ProgramSaid("curl", "header s3cr3t-word") { Stage = "fetch" });
            log.Report(new StageProgressed(1, 2, "bytes") { Stage = "fetch" });
            log.Report(new Faulted(new Fault("IFA002", ExitCode.InvalidInput, "wrong") { Hint = "mend it" }));
        }

        Assert.Equal(
            """
            2026-03-04T05:06:07Z ImageFactory 0: Build
            2026-03-04T05:06:07Z fetch: curl: header ***
            2026-03-04T05:06:07Z IFA002: wrong
              hint: mend it

            """,
            File.ReadAllText(path));
    }

    [Fact]
    public void A_log_that_cannot_be_written_ends_nothing_and_says_so()
    {
        using BuildLog log = new(new ManualTime(), new SecretMask());

        log.Open(Path.Combine(folder.File("file", ""), "below-a-file", "build.log"));
        log.Write("goes on");

        Assert.Contains("below-a-file", log.Failure, StringComparison.Ordinal);
    }
}
