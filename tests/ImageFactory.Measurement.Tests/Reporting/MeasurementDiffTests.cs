using ImageFactory.Measurement.Reporting;
using ImageFactory.Measurement.Tests.Support;

namespace ImageFactory.Measurement.Tests.Reporting;

[Trait("needs", "mtools")]
public sealed class MeasurementDiffTests
{
    [Fact]
    public async Task A_changed_kernel_argument_is_named_once_with_all_its_registers()
    {
        MeasurementReport before = await ReportAsync(new TestDisk());
        MeasurementReport after = await ReportAsync(new TestDisk { CommandLine = "console=ttyS0 loglevel=7" });

        MeasurementDiff diff = MeasurementDiff.Between(before, after);

        Assert.Equal("pcr04 pcr09 pcr11", string.Join(' ', diff.Registers));
        EventChange line = Assert.Single(diff.Changes, c => c.What == "section .cmdline");
        Assert.Equal(["- quiet", "+ loglevel=7"], line.Words);
    }

    [Fact]
    public async Task What_comes_and_goes_is_told_as_such()
    {
        TestDisk with = new();
        with.Files["/loader/credentials/a.cred"] = [1];

        MeasurementDiff diff = MeasurementDiff.Between(await ReportAsync(new TestDisk()), await ReportAsync(with));

        Assert.Equal("pcr09 pcr12", string.Join(' ', diff.Registers));
        Assert.Null(Assert.Single(diff.Changes, c => c.What.StartsWith("global credentials", StringComparison.Ordinal)).Before);
    }

    [Fact]
    public async Task The_report_survives_its_own_json()
    {
        MeasurementReport report = await ReportAsync(new TestDisk());

        Assert.Equal(report.ToJson(), MeasurementReport.Parse(report.ToJson()).ToJson());
        Assert.Empty(MeasurementDiff.Between(report, MeasurementReport.Parse(report.ToJson())).Changes);
    }

    private static async Task<MeasurementReport> ReportAsync(TestDisk disk)
    {
        using ScratchFolder folder = new();
        return MeasurementReport.Of(await ImageMeasurer.MeasureAsync(await disk.WriteAsync(folder), "disk", null, new MeasureSettings(), TestContext.Current.CancellationToken));
    }
}
