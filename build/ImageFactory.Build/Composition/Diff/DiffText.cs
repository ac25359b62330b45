using System.Globalization;
using System.Text;
using ImageFactory.Assembly.Comparison;
using ImageFactory.Measurement.Reporting;

namespace ImageFactory.Build.Composition.Diff;

/// <summary>The report for people: a section for each kind of change, with what can have caused it.</summary>
/// <param name="most">How many lines each section has at most; the rest is counted.</param>
internal sealed class DiffText(DiffReport report, int most)
{
    private readonly StringBuilder text = new();
    private bool isCut;

    public string Write()
    {
        Line("", $"--- {Side(report.Before)}");
        Line("", $"+++ {Side(report.After)}");
        if (!report.Differs)
            Line("", "\nnothing differs in what was compared");
        Section("packages", DiffCauses.Packages, report.Packages, p => $"{Sign(p.Kind)} {p.Name}{(p.Architecture.Length == 0 ? "" : ":" + p.Architecture)}  {Versions(p.Before, p.After)}");
        Section("kernel arguments", DiffCauses.KernelArguments, report.KernelArguments, a => $"{Sign(a.Kind)} {a.Argument}{(a.Kind == ChangeKind.Changed ? "  stands in another place" : "")}");
        Section("units", DiffCauses.Units, report.Units, u => $"{Sign(KindOf(u.Before, u.After))} {u.Unit}  {Versions(u.Before, u.After)}");
        Section("agent policy", DiffCauses.Policy, report.Policy, c => $"{(c.Effect == "wider" ? '+' : c.Effect == "narrower" ? '-' : '~')} {c.Call}  {Versions(c.Before ?? "no call", c.After ?? "no call")}{(c.Effect is "wider" or "narrower" ? $"  ({c.Effect})" : c.Effect == "other-rules" ? "  under other rules" : "")}");
        Files();
        Section("boot files", DiffCauses.Boot, report.Boot, d => $"~ {d.Place}: {d.What}");
        Measurements();
        foreach (ReachingCause cause in Some(report.Causes?.Where(c => c.Reaches.Count == 0).ToArray() ?? [], "\nalso different"))
            Line("  ", cause.Text);
        if (report.Causes is { Count: 0 } && report.Differs)
            Line("", "\nthe manifests name no cause: recipe, inputs and tools are the same");
        foreach (string reason in Some(report.NotCompared, "\nnot compared"))
            Line("  ", reason);
        if (isCut)
            Line("", "\n--all shows every line, --json every detail");
        return text.ToString();
    }

    /// <summary>Files of packages that are not the same follow from these; what is left over is what somebody looks for.</summary>
    private void Files()
    {
        if (report.Files is not { Count: > 0 } files)
            return;
        HashSet<string> changed = report.Packages?.Select(p => p.Name).ToHashSet(StringComparer.Ordinal) ?? [];
        ILookup<bool, FileChange> split = files.ToLookup(f => f.IsPackageDatabase ? changed.Count > 0 : f.Package is { } package && changed.Contains(package));
        Section("files", DiffCauses.Files, [.. split[false]], InWords);
        if (split[true].Any() && most == int.MaxValue)
            Section("files of packages that changed, and of their database", null, [.. split[true]], InWords);
        else if (split[true].Any())
            Line("", Count($"\n{split[true].Count()} files of packages that changed, and of their database"));
    }

    private static string InWords(FileChange change)
    {
        string what = change.What.Count == 0 ? "" : "  " + string.Join("; ", change.What);
        return $"{Sign(change.Kind)} {change.Path}{what}{(change.Package is null ? "" : $"  [{change.Package}]")}";
    }

    private void Measurements()
    {
        if (report.Measurements is { Changes.Count: > 0 } measured)
            text.Append("\nmeasurements\n  ").Append(MeasurementDiffText.Of(measured).TrimEnd('\n').Replace("\n", "\n  ", StringComparison.Ordinal).Replace("\n  \n", "\n\n", StringComparison.Ordinal)).Append('\n');
        else
            Section("measurements", null, report.Registers, r => $"~ {r}");
    }

    private void Section<T>(string title, string? key, IReadOnlyList<T>? changes, Func<T, string> line)
    {
        if (changes is not { Count: > 0 })
            return;
        foreach (T change in Some(changes, $"\n{title}: {changes.Count}"))
            Line("  ", line(change));
        foreach (ReachingCause cause in report.Causes?.Where(c => key is not null && c.Reaches.Contains(key)).Take(most) ?? [])
            Line("    ", $"because of {cause.Text}");
    }

    /// <summary>The first of them under a title; nothing when there are none.</summary>
    private IEnumerable<T> Some<T>(IReadOnlyList<T> items, string title)
    {
        if (items.Count > 0)
            Line("", title);
        foreach (T item in items.Take(most))
            yield return item;
        if (items.Count <= most)
            yield break;
        isCut = true;
        Line("  ", Count($"and {items.Count - most} more"));
    }

    private string Count(string line)
    {
        isCut = true;
        return line;
    }

    /// <summary>Names come out of images: what a terminal would obey becomes a question mark.</summary>
    private void Line(string indent, string line) =>
        text.Append(indent).Append(string.Concat(line.Select(c => char.IsControl(c) && c != '\n' ? '?' : c))).Append('\n');

    private static string Side(DiffedImage image) =>
        image.Name + (image.Recipe is null ? "" : $", recipe {image.Recipe}") + (image.Sha256 is { } digest ? string.Create(CultureInfo.InvariantCulture, $", sha256 {digest.Hex[..12]}…") : "");

    private static char Sign(ChangeKind kind) => kind switch
    {
        ChangeKind.Added => '+',
        ChangeKind.Removed => '-',
        _ => '~',
    };

    private static ChangeKind KindOf(string? before, string? after) => before is null ? ChangeKind.Added : after is null ? ChangeKind.Removed : ChangeKind.Changed;

    private static string Versions(string? before, string? after) => before is null ? after! : after is null ? before : $"{before} -> {after}";
}
