using ImageFactory.Measurement.BootCheck;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Tests.BootCheck;

public sealed class BootReportTests
{
    private const string RootHash = "129123c20d6df0d8978a2b39a8053767892c4c9a0f0d4c8fbd4ec70939968e80";
    private const string Policy = "612cbd8e7908404abfaf6fe128297294a32d2d91400a3d9b1178b3d748bcd2bc";

    /// <summary>As a booted default image wrote it to its port.</summary>
    private const string Good = $"""
        BEGIN 1
        state running
        multi-user active
        uptime 31.20
        time KernelTimestampMonotonic 0
        verity status: verified
        verity data device: /dev/vda2
        verity mode: readonly
        verity root hash: {RootHash}
        root overlay rw,relatime,lowerdir=/sysroot
        cmdline roothash={RootHash} systemd.volatile=overlay console=ttyS0
        policy {Policy}
        scratch /dev/mapper/scratch ext4 900M
        pcr 11 AB00
        END

        """;

    private static readonly BootExpectations Expected = new(RootHash, new Sha256(Policy), Overlay: true, Scratch: true);

    [Fact]
    public void A_good_report_has_no_fault()
    {
        BootReport report = BootReport.Parse(Good);

        Assert.Empty(Expected.Check(report));
        Assert.Equal(31.2, report.Uptime);
        Assert.Equal("ab00", report.Pcrs[11]);
    }

    [Theory]
    [InlineData("multi-user active", "multi-user inactive", "IFB101")]
    [InlineData("multi-user active", "multi-user active\nfailed a.service", "IFB102")]
    [InlineData("state running", "state starting", "IFB103")]
    [InlineData("verity status: verified", "verity status: corrupted", "IFB104")]
    [InlineData("mode: readonly", "mode: read/write", "IFB105")]
    [InlineData("cmdline roothash=1", "cmdline roothash=2", "IFB106")]
    [InlineData("root overlay", "root ext4", "IFB107")]
    [InlineData("policy 6", "policy 7", "IFB108")]
    [InlineData("scratch /dev", "scratched /dev", "IFB109")]
    public void Each_broken_promise_has_its_own_fault(string there, string instead, string code)
    {
        BootReport report = BootReport.Parse(Good.Replace(there, instead, StringComparison.Ordinal));

        Assert.Equal(code, Assert.Single(Expected.Check(report)).Code);
    }

    [Fact]
    public void All_broken_promises_are_told_at_once()
    {
        BootReport report = BootReport.Parse(Good.Replace("status: verified", "status: corrupted", StringComparison.Ordinal).Replace("policy 6", "policy 7", StringComparison.Ordinal));

        Assert.Equal(["IFB104", "IFB108"], Expected.Check(report).Select(f => f.Code));
    }

    [Fact]
    public void A_system_that_lacks_verity_is_not_verified()
    {
        string without = string.Join('\n', Good.Split('\n').Where(l => !l.StartsWith("verity", StringComparison.Ordinal)));

        Assert.Contains(Expected.Check(BootReport.Parse(without)), f => f.Code == "IFB104");
    }

    [Fact]
    public void A_state_image_must_have_a_root_that_cannot_be_written()
    {
        BootExpectations state = Expected with { Overlay = false };

        Assert.Empty(state.Check(BootReport.Parse(Good.Replace("root overlay rw,", "root erofs ro,", StringComparison.Ordinal))));
        Assert.Equal("IFB105", Assert.Single(state.Check(BootReport.Parse(Good))).Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("BEGIN 1\nstate running\n")]
    [InlineData("state running\nEND\n")]
    [InlineData("BEGIN 1\nEND\n")]
    [InlineData("BEGIN 1\nmulti-user active\ncmdline x\nEND\n")]
    public void Half_a_report_is_none(string text) => Assert.Throws<FormatException>(() => BootReport.Parse(text));

    [Fact]
    public void Whatever_a_guest_writes_is_parsed_or_refused()
    {
        Random random = new(4711);
        for (int i = 0; i < 20_000; i++)
        {
            char[] text = Good.ToCharArray();
            for (int change = random.Next(1, 8); change > 0; change--)
                text[random.Next(text.Length)] = (char)random.Next(0, 0x180);
            try
            {
                Expected.Check(BootReport.Parse(new string(text)));
            }
            catch (FormatException)
            {
                // A refusal is as good as a report.
            }
        }
    }
}
