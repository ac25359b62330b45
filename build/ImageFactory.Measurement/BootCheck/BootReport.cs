using System.Globalization;

namespace ImageFactory.Measurement.BootCheck;

/// <summary>
/// What a booted pod VM said about itself: lines <c>key value</c> between <c>BEGIN 1</c> and <c>END</c>, written by the
/// image's own unit to a virtio-serial port (bootc/overlays/podvm, boot-report).
/// </summary>
public sealed record BootReport
{
    /// <summary>What <c>systemctl is-system-running</c> said.</summary>
    public required string State { get; init; }

    /// <summary>State of multi-user.target.</summary>
    public required string MultiUser { get; init; }

    public required IReadOnlyList<string> FailedUnits { get; init; }

    /// <summary>Lines of <c>veritysetup status</c> for the root: status, mode, root hash, data device.</summary>
    public required IReadOnlyDictionary<string, string> Verity { get; init; }

    /// <summary>File system and mount options of <c>/</c>.</summary>
    public string? Root { get; init; }

    public required string CommandLine { get; init; }

    /// <summary>SHA-256 of the agent policy that the agent reads.</summary>
    public string? Policy { get; init; }

    /// <summary>Device, file system and size of the scratch space; null when there is none.</summary>
    public string? Scratch { get; init; }

    /// <summary>Seconds since the kernel started when the report began.</summary>
    public double Uptime { get; init; }

    /// <summary>SHA-256 PCRs that the guest read, when it had a TPM.</summary>
    public required IReadOnlyDictionary<int, string> Pcrs { get; init; }

    /// <summary>The event log of the firmware as the guest read it; null when it has none. Only a replay to registers that were read from outside makes it true.</summary>
    public byte[]? EventLog { get; init; }

    public static bool IsComplete(string text) => text.StartsWith("BEGIN 1\n", StringComparison.Ordinal) && text.EndsWith("\nEND\n", StringComparison.Ordinal);

    /// <exception cref="FormatException">The text is no complete report, or lacks a line that every report has.</exception>
    public static BootReport Parse(string text)
    {
        if (!IsComplete(text))
            throw new FormatException("it does not begin with 'BEGIN 1' and end with 'END'");

        List<KeyValuePair<string, string>> lines = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..^1])
        {
            int blank = line.IndexOf(' ', StringComparison.Ordinal);
            lines.Add(blank < 0 ? new(line, "") : new(line[..blank], line[(blank + 1)..].Trim()));
        }

        ILookup<string, string> values = lines.ToLookup(l => l.Key, l => l.Value, StringComparer.Ordinal);
        return new BootReport
        {
            State = One(values, "state"),
            MultiUser = One(values, "multi-user"),
            FailedUnits = [.. values["failed"]],
            Verity = Pairs(values["verity"], ':'),
            Root = values["root"].FirstOrDefault(),
            CommandLine = One(values, "cmdline"),
            Policy = values["policy"].FirstOrDefault(),
            Scratch = values["scratch"].FirstOrDefault(),
            Uptime = double.TryParse(values["uptime"].FirstOrDefault(), CultureInfo.InvariantCulture, out double uptime) ? uptime : 0,
            Pcrs = Registers(Pairs(values["pcr"], ' ')),
            EventLog = values["log"].FirstOrDefault() is { Length: > 0 } log ? Convert.FromBase64String(log) : null,
        };
    }

    private static string One(ILookup<string, string> values, string key) =>
        values[key].FirstOrDefault() ?? throw new FormatException($"it has no line '{key}'");

    private static Dictionary<int, string> Registers(Dictionary<string, string> pairs)
    {
        Dictionary<int, string> registers = [];
        foreach ((string number, string value) in pairs)
        {
            if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                registers[index] = value.ToLowerInvariant();
        }

        return registers;
    }

    private static Dictionary<string, string> Pairs(IEnumerable<string> lines, char separator)
    {
        Dictionary<string, string> pairs = new(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            int at = line.IndexOf(separator, StringComparison.Ordinal);
            if (at > 0)
                pairs[line[..at].Trim()] = line[(at + 1)..].Trim();
        }

        return pairs;
    }
}
