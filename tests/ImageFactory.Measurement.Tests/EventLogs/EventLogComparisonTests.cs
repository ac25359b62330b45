using ImageFactory.Measurement.EventLogs;
using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.Tests.EventLogs;

public sealed class EventLogComparisonTests
{
    public static TheoryData<string> Boots => [.. Vectors.Boots];

    [Theory]
    [MemberData(nameof(Boots))]
    public void A_recorded_boot_equals_what_was_predicted_for_it_event_by_event(string boot)
    {
        EventLogComparison comparison = Compare(RecordedBoot.Prediction(boot), boot);

        Assert.Empty(comparison.Differences.SelectMany(d => d.Lines(Bank.Sha256)));
        Assert.True(comparison.IsEqual);
        Assert.Equal([4, 9, 11, 12, 13], comparison.Registers.Select(r => r.Register.Index));
    }

    [Fact]
    public void Phases_of_userspace_are_in_no_log_and_are_not_missed()
    {
        List<MeasuredEvent> events = RecordedBoot.Events("verity-full-systemd");
        events.Add(RecordedBoot.Event(11, TcgEventType.Userspace, EventSubject.Phase, "phase enter-initrd", BankDigests.OfAscii("enter-initrd")));

        Assert.True(Compare(RecordedBoot.Of("verity-full-systemd", events), "verity-full-systemd").IsEqual);
    }

    [Fact]
    public void A_kernel_that_is_not_measured_is_one_missing_event()
    {
        List<MeasuredEvent> events = RecordedBoot.Events("direct-uki");
        events.Insert(4, RecordedBoot.Event(4, TcgEventType.EfiBootServicesApplication, EventSubject.Program, "another.addon.efi", BankDigests.OfAscii("x")));

        EventLogComparison comparison = Compare(RecordedBoot.Of("direct-uki", events), "direct-uki");

        EventDifference difference = Assert.Single(comparison.Differences);
        Assert.Equal("another.addon.efi", difference.Expected?.What);
        Assert.Null(difference.Found);
        Assert.Equal([Register.Pcr(4)], comparison.Registers.Where(r => !r.IsEqual).Select(r => r.Register));
    }

    [Fact]
    public void Another_command_line_is_one_event_in_place_of_another()
    {
        List<MeasuredEvent> events = RecordedBoot.Events("direct-uki");
        int line = events.FindIndex(e => e is { Register.Index: 9, Subject: EventSubject.CommandLine });
        events[line] = events[line] with { Digest = BankDigests.OfUtf16("quiet") };

        EventDifference difference = Assert.Single(Compare(RecordedBoot.Of("direct-uki", events), "direct-uki").Differences);

        // SHA-256 of "quiet" in UTF-16LE with one NUL, computed with Python's hashlib; the other is in inputs.json.
        Assert.Equal(
            [
                "- pcr09 EV_EVENT_TAG kernel command line 2d7d7381227937c3ac164a2f36c1e8e8268e91eb28814d8a75ba4c72c2be0155",
                "+ pcr09 EV_EVENT_TAG LOADED_IMAGE::LoadOptions df7d9252dfa1c5068a62e014656e8e191c1a7259f6d2a0c9a0b66dcb700d1b25",
            ],
            difference.Lines(Bank.Sha256));
    }

    [Fact]
    public void An_addon_that_nobody_predicted_is_an_event_too_many_in_two_registers()
    {
        List<MeasuredEvent> events = RecordedBoot.Events("shim-uki-secureboot");
        events.RemoveAll(e => e.Register.Index == 12 || e.What.Contains("addon", StringComparison.Ordinal));

        EventDifference[] differences = [.. Compare(RecordedBoot.Of("shim-uki-secureboot", events), "shim-uki-secureboot").Differences];

        Assert.All(differences, d => Assert.Null(d.Expected));
        Assert.Equal([4, 12], differences.Select(d => d.Register.Index));
        Assert.Contains("addon.efi", string.Join('\n', differences[0].Lines(Bank.Sha256)), StringComparison.Ordinal);
    }

    [Fact]
    public void Logs_of_any_two_boots_have_a_shortest_list_of_differences_that_explains_both()
    {
        foreach (string left in Vectors.Boots)
        {
            foreach (string right in Vectors.Boots)
            {
                BootPrediction prediction = RecordedBoot.Prediction(left);
                EventLogComparison comparison = Compare(prediction, right);

                foreach (RegisterComparison register in comparison.Registers)
                {
                    List<string> predicted = [.. prediction.Sequence.Of(register.Register).Select(e => e.Digest[Bank.Sha256])];
                    List<string> found = [.. TcgEventLogTests.Read(right).Events.Where(e => e.Extends && e.Pcr == register.Register.Index).Select(e => e.DigestOf(TcgAlgorithm.Sha256)!)];
                    foreach (EventDifference difference in register.Differences)
                    {
                        if (difference.Expected is { } expected)
                            Assert.True(predicted.Remove(expected.Digest[Bank.Sha256]));
                        if (difference.Found is { } extra)
                            Assert.True(found.Remove(extra.DigestOf(TcgAlgorithm.Sha256)!));
                    }

                    // What the differences leave over is the same on both sides.
                    Assert.Equal(predicted.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
                    Assert.Equal(register.IsEqual, register.Differences.Count == 0);
                }
            }
        }
    }

    private static EventLogComparison Compare(BootPrediction prediction, string boot) =>
        EventLogComparison.Of(prediction, TcgEventLogTests.Read(boot), Bank.Sha256);
}
