using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.Tests.EventLogs;

/// <summary>What an independent script predicted for a recorded boot (inputs.json), as a prediction.</summary>
internal static class RecordedBoot
{
    public static BootPrediction Prediction(string boot) => Of(boot, Events(boot));

    public static BootPrediction Of(string boot, IEnumerable<MeasuredEvent> events) => new()
    {
        SecureBoot = (bool)Vectors.Json("boot", boot, "inputs.json")["secureBoot"]!,
        Sequence = EventSequence.Fold(events),
        Predicted = [.. ((int[])[4, 9, 11, 12, 13]).Select(Register.Pcr)],
    };

    public static List<MeasuredEvent> Events(string boot)
    {
        JsonNode inputs = Vectors.Json("boot", boot, "inputs.json");
        List<MeasuredEvent> events =
        [
            Event(4, TcgEventType.EfiAction, EventSubject.Action, "the firmware starts a boot option", BankDigests.OfAscii("Calling EFI Application from Boot Option")),
            Event(4, TcgEventType.Separator, EventSubject.Separator, "separator", BankDigests.Of(new byte[4])),
        ];
        foreach (JsonNode? image in inputs["pcr4Images"]!.AsArray())
        {
            string name = (string)image!["name"]!;
            EventSubject subject = name.StartsWith(".linux", StringComparison.Ordinal) ? EventSubject.Kernel : EventSubject.Program;
            events.Add(Event(4, TcgEventType.EfiBootServicesApplication, subject, name, Digest(image["authenticode"]!)));
        }

        foreach (JsonNode? section in inputs["pcr11Sections"]!.AsArray())
        {
            string name = (string)section!["name"]!;
            events.Add(Event(11, TcgEventType.Ipl, EventSubject.SectionName, "name " + name, BankDigests.Of(Encoding.ASCII.GetBytes(name + "\0"))));
            events.Add(Event(11, TcgEventType.Ipl, EventSubject.Section, "section " + name, Digest(section["sha256"]!)));
        }

        events.AddRange(inputs["pcr12Events"]!.AsArray().Select(d => Event(12, TcgEventType.Ipl, EventSubject.CommandLine, "addons", Digest(d!))));
        events.AddRange(inputs["pcr9Events"]!.AsArray().Select((d, i) =>
            Event(9, TcgEventType.EventTag, i == 0 ? EventSubject.CommandLine : EventSubject.Initrd, i == 0 ? "kernel command line" : "initrd", Digest(d!))));
        return events;
    }

    public static MeasuredEvent Event(int pcr, TcgEventType type, EventSubject subject, string what, BankDigests digest) => new()
    {
        Register = Register.Pcr(pcr),
        Type = type,
        Subject = subject,
        What = what,
        Digest = digest,
    };

    private static BankDigests Digest(JsonNode hex) => new((string)hex!);
}
