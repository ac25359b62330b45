using System.Text.Json.Nodes;
using ImageFactory.Measurement.BootCheck;
using ImageFactory.Measurement.BootCheck.Tpm;
using ImageFactory.Measurement.EventLogs;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Tests.EventLogs;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Tests.BootCheck;

/// <summary>Verdicts about recorded boots, whose registers were read in the guest.</summary>
public sealed class BootVerdictTests
{
    public static TheoryData<string> Boots => [.. Vectors.Boots];

    [Theory]
    [MemberData(nameof(Boots))]
    public void A_boot_as_predicted_confirms_every_register_that_the_image_decides(string boot)
    {
        BootPrediction prediction = WithPhases(boot);

        BootVerdict verdict = BootVerdict.Of([prediction], Registers(boot), TcgEventLogTests.Read(boot), prediction.SecureBoot);

        Assert.Empty(verdict.Faults);
        Assert.Equal(["pcr04", "pcr09", "pcr11", "pcr12", "pcr13"], verdict.Equal.Select(r => r.ToString()));
    }

    [Fact]
    public void One_of_several_phases_is_enough()
    {
        BootPrediction none = RecordedBoot.Prediction("verity-full-systemd");
        BootPrediction ready = WithPhases("verity-full-systemd");

        BootVerdict verdict = BootVerdict.Of([none, ready], Registers("verity-full-systemd"), null, secureBoot: false);

        Assert.Empty(verdict.Faults);
        Assert.Equal("IFB304", Assert.Single(BootVerdict.Of([none], Registers("verity-full-systemd"), null, secureBoot: false).Faults).Code);
    }

    [Fact]
    public void Another_command_line_names_its_event_with_both_digests()
    {
        List<MeasuredEvent> events = RecordedBoot.Events("direct-uki");
        int line = events.FindIndex(e => e is { Register.Index: 9, Subject: EventSubject.CommandLine });
        events[line] = events[line] with { Digest = BankDigests.OfUtf16("quiet") };

        BootVerdict verdict = BootVerdict.Of([RecordedBoot.Of("direct-uki", events)], Registers("direct-uki"), TcgEventLogTests.Read("direct-uki"), secureBoot: false);

        Fault fault = Assert.Single(verdict.Faults);
        Assert.Equal(("IFB304", ExitCode.InvalidInput, Severity.Error), (fault.Code, fault.ExitCode, fault.Severity));
        Assert.StartsWith("pcr09 ", fault.Message, StringComparison.Ordinal);
        Assert.Equal(2, fault.Detail!.Split('\n').Length);
        Assert.Contains("df7d9252dfa1c5068a62e014656e8e191c1a7259f6d2a0c9a0b66dcb700d1b25", fault.Detail, StringComparison.Ordinal);
        Assert.Equal(["pcr04", "pcr11", "pcr12", "pcr13"], verdict.Equal.Select(r => r.ToString()));
    }

    [Fact]
    public void Without_a_log_the_predicted_events_are_shown()
    {
        List<MeasuredEvent> events = RecordedBoot.Events("direct-uki");
        events.RemoveAll(e => e.Register.Index == 4 && e.Subject == EventSubject.Separator);

        Fault fault = Assert.Single(BootVerdict.Of([RecordedBoot.Of("direct-uki", events)], Registers("direct-uki"), null, secureBoot: false).Faults);

        Assert.Equal("IFB304", fault.Code);
        Assert.Equal(3, fault.Detail!.Split('\n').Length);
    }

    [Fact]
    public void A_boot_with_the_other_setting_of_Secure_Boot_is_told_as_such()
    {
        List<MeasuredEvent> events = RecordedBoot.Events("direct-uki");
        BootPrediction off = RecordedBoot.Of("direct-uki", events);
        BootPrediction on = RecordedBoot.Of("direct-uki", events.Where(e => e.Subject != EventSubject.Kernel)) with { SecureBoot = true };

        Fault fault = Assert.Single(BootVerdict.Of([off, on], Registers("direct-uki"), TcgEventLogTests.Read("direct-uki"), secureBoot: true).Faults);

        Assert.Equal("IFB305", fault.Code);
    }

    [Fact]
    public void A_kernel_that_measures_nothing_of_the_initrd_is_told_as_such()
    {
        List<MeasuredEvent> events = RecordedBoot.Events("direct-uki");
        byte[] log = Vectors.Bytes("boot", "direct-uki", "eventlog.bin");
        TcgEvent initrd = TcgEventLog.Parse(log, "log").Events.Single(e => e.Pcr == 9 && TcgEventText.Of(e) == "Linux initrd");
        byte[] shorter = [.. log.AsSpan(0, (int)initrd.Offset), .. log.AsSpan((int)initrd.Offset + 209)];
        TcgEventLog older = TcgEventLog.Parse(shorter, "log");

        // The register after the command line alone: H(0… ‖ digest), from the log's own replay.
        string register = Convert.ToHexStringLower(older.Replay(TcgAlgorithm.Sha256)[9]);
        BootVerdict verdict = BootVerdict.Of([RecordedBoot.Of("direct-uki", events)], Registers("direct-uki", (9, register)), older, secureBoot: false);

        Assert.Equal("IFB306", Assert.Single(verdict.Faults).Code);
    }

    [Fact]
    public void A_log_that_does_not_lead_to_the_registers_is_left_aside_with_a_warning()
    {
        BootVerdict verdict = BootVerdict.Of([RecordedBoot.Prediction("direct-uki")], Registers("direct-uki"), TcgEventLogTests.Read("shim-uki"), secureBoot: false);

        Fault fault = Assert.Single(verdict.Faults);
        Assert.Equal(("IFB308", Severity.Warning), (fault.Code, fault.Severity));
        Assert.Equal(5, verdict.Equal.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Registers_of_the_firmware_never_fail(int pcr)
    {
        BootPrediction prediction = RecordedBoot.Prediction("direct-uki") with { Predicted = [.. Enumerable.Range(0, 14).Where(i => i != 2 && i != 3 && i != 8 && i != 10).Select(Register.Pcr)] };

        BootVerdict verdict = BootVerdict.Of([prediction], Registers("direct-uki", (pcr, new string('a', 64))), null, secureBoot: false);

        Assert.Empty(verdict.Faults);
        Assert.DoesNotContain(Register.Pcr(pcr), verdict.Equal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Registers_of_options_warn(int pcr)
    {
        BootVerdict verdict = BootVerdict.Of([RecordedBoot.Prediction("direct-uki")], Registers("direct-uki", (pcr, new string('a', 64))), null, secureBoot: false);

        Fault fault = Assert.Single(verdict.Faults);
        Assert.Equal(("IFB307", Severity.Warning), (fault.Code, fault.Severity));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void Any_other_value_of_a_register_of_the_image_is_an_error(int pcr)
    {
        BootVerdict verdict = BootVerdict.Of([RecordedBoot.Prediction("direct-uki")], Registers("direct-uki", (pcr, new string('a', 64))), null, secureBoot: false);

        Fault fault = Assert.Single(verdict.Faults);
        Assert.Equal(("IFB304", Severity.Error), (fault.Code, fault.Severity));
    }

    private static TpmSnapshot Registers(string boot, params (int Pcr, string Value)[] changed)
    {
        Dictionary<int, string> registers = Vectors.Json("boot", boot, "pcrs.json").AsObject().ToDictionary(p => int.Parse(p.Key), p => (string)p.Value!);
        foreach ((int pcr, string value) in changed)
            registers[pcr] = value;
        return new TpmSnapshot(new Dictionary<Bank, IReadOnlyDictionary<int, string>> { [Bank.Sha256] = registers });
    }

    /// <summary>The recorded systemd extended its phases, of which its own log tells.</summary>
    private static BootPrediction WithPhases(string boot)
    {
        List<MeasuredEvent> events = RecordedBoot.Events(boot);
        if (boot == "verity-full-systemd")
        {
            foreach (string phase in File.ReadLines(Vectors.PathOf("boot", boot, "tpm2-measure.jsonl")).Select(l => JsonNode.Parse(l.Trim('\u001e'))!).Where(n => (int)n["pcr"]! == 11).Select(n => (string)n["content"]!["string"]!))
                events.Add(RecordedBoot.Event(11, TcgEventType.Userspace, EventSubject.Phase, "phase " + phase, BankDigests.OfAscii(phase)));
        }

        return RecordedBoot.Of(boot, events);
    }
}
