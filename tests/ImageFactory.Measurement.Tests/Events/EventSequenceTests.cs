using System.Text.Json.Nodes;
using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.Tests.Events;

public sealed class EventSequenceTests
{
    public static TheoryData<string> Boots => [.. Vectors.Boots];

    [Theory]
    [MemberData(nameof(Boots))]
    public void The_events_of_a_recorded_boot_fold_to_the_guest_s_pcrs(string boot)
    {
        JsonNode inputs = Vectors.Json("boot", boot, "inputs.json");
        JsonNode real = Vectors.Json("boot", boot, "pcrs.json");
        List<MeasuredEvent> events = [Event(4, BankDigests.OfAscii("Calling EFI Application from Boot Option")), Event(4, BankDigests.Of(new byte[4]))];
        events.AddRange(Digests(inputs["pcr4Images"]!, image => (string)image["authenticode"]!).Select(d => Event(4, d)));
        events.AddRange(Digests(inputs["pcr9Events"]!, digest => (string)digest!).Select(d => Event(9, d)));
        events.AddRange(Digests(inputs["pcr12Events"]!, digest => (string)digest!).Select(d => Event(12, d)));

        EventSequence sequence = EventSequence.Fold(events);

        foreach (int pcr in (int[])[4, 9, 12])
            Assert.Equal((string)real[$"{pcr}"]!, sequence[Register.Pcr(pcr)].Sha256);
    }

    [Fact]
    public void Each_event_carries_the_running_value_of_its_own_register()
    {
        EventSequence sequence = EventSequence.Fold([Event(2, BankDigests.Of(new byte[4])), Event(3, BankDigests.OfAscii("a")), Event(2, BankDigests.OfAscii("b"))]);

        // The constant of PCR 2 and 3 in every boot without option ROMs, real Azure machines included.
        Assert.Equal("3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969", sequence.Events[0].Value.Sha256);
        Assert.Equal(sequence[Register.Pcr(3)], sequence.Events[1].Value);
        Assert.Equal(sequence[Register.Pcr(2)], sequence.Events[2].Value);
        Assert.Equal(BankDigests.Zero, sequence[Register.Pcr(4)]);
    }

    [Fact]
    public void A_bank_that_one_event_lacks_has_no_value_from_there_on()
    {
        EventSequence sequence = EventSequence.Fold([Event(9, BankDigests.OfAscii("a")), Event(9, new BankDigests(new string('1', 64))), Event(9, BankDigests.OfAscii("b"))]);

        Assert.NotNull(sequence.Events[0].Value.Sha384);
        Assert.Null(sequence[Register.Pcr(9)].Sha384);
        Assert.NotNull(sequence[Register.Pcr(9)].Sha256);
    }

    [Theory]
    [InlineData("pcr04", RegisterKind.Pcr, 4)]
    [InlineData("pcr11", RegisterKind.Pcr, 11)]
    [InlineData("rtmr1", RegisterKind.Rtmr, 1)]
    public void A_register_is_written_as_it_is_read(string text, RegisterKind kind, int index)
    {
        Assert.Equal(new Register(kind, index), Register.Parse(text));
        Assert.Equal(text, Register.Parse(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("4")]
    [InlineData("pcr")]
    [InlineData("pcr-1")]
    [InlineData("mrtd0")]
    public void Anything_else_is_no_register(string text) => Assert.Throws<FormatException>(() => Register.Parse(text));

    private static IEnumerable<BankDigests> Digests(JsonNode list, Func<JsonNode, string> digest) =>
        list.AsArray().Select(item => new BankDigests(digest(item!)));

    private static MeasuredEvent Event(int pcr, BankDigests digest) => new()
    {
        Register = Register.Pcr(pcr),
        Type = TcgEventType.Ipl,
        Subject = EventSubject.Section,
        What = "an event of the test",
        Digest = digest,
    };
}
