using System.Globalization;
using System.Text;
using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.Reporting;

/// <summary>The report for people: each value with the events that lead to it.</summary>
public static class MeasurementText
{
    private const int Shown = 90;

    public static string Of(MeasurementReport report)
    {
        StringBuilder text = new();
        Line("image", $"{report.Image.File}  ({report.Image.Format}{(report.Image.Sha256 is { } digest ? $", sha256 {digest}" : "")})");
        Line("boot", report.Boot.Chain + (report.Boot.ResetsOnce ? "  (resets once on a new machine; these are the values after it)" : ""));
        Line("stub", report.Boot.Stub ?? "unknown");
        Line("kernel", report.Boot.Kernel ?? "unknown");
        Line("command line", Cut(report.Boot.CommandLine));
        if (report.Root is { } root)
        {
            Line("root hash", $"{root.RootHash}  (in {root.NamedBy}; {(root.OfData is null ? "taken from the stored tree" : "the data was hashed")})");
        }

        if (report.AgentPolicy is { } policy)
            Line("agent policy", policy.Statement);
        foreach (RegisterReport register in report.Registers)
            Write(text, register);
        return text.ToString();

        void Line(string name, string value) => text.Append(name.PadRight(14)).Append(value).Append('\n');
    }

    private static void Write(StringBuilder text, RegisterReport register)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n{register.Register}  {register.Covers}\n");
        foreach (RegisterValue value in register.Values)
        {
            text.Append("  ").Append(value.Value.Sha256 ?? value.Value.Sha384);
            if (value.When.Count > 0)
                text.Append("  ").AppendJoin(" or ", value.When);
            text.Append(value.Verified ? "" : "  NOT VERIFIED: " + value.NotVerified).Append('\n');
            foreach (MeasuredEvent one in value.Events.Where(e => e.Subject != EventSubject.SectionName))
                text.Append(CultureInfo.InvariantCulture, $"    {Digest(one)}  {one.What}{Detail(one)}\n");
        }
    }

    private static string Digest(MeasuredEvent one) => (one.Digest.Sha256 ?? one.Digest.Sha384 ?? "")[..12] + "…";

    private static string Detail(MeasuredEvent one) =>
        one.Text is { Length: > 0 } line && one.Subject is EventSubject.CommandLine or EventSubject.Section && !one.Text!.TrimEnd().Contains('\n', StringComparison.Ordinal)
            ? $"  \"{Cut(one.Text.Trim())}\""
            : one.Source is { Size: > 0 } source ? string.Create(CultureInfo.InvariantCulture, $"  ({source.Size} bytes)") : "";

    private static string Cut(string line)
    {
        string clean = string.Concat(line.Select(c => char.IsControl(c) ? '?' : c));
        return clean.Length > Shown ? string.Concat(clean.AsSpan(0, Shown), "…") : clean;
    }
}
