using System.Globalization;
using System.Text;
using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Inspection;

/// <summary>The report as a person reads it: at most 80 columns, what matters first.</summary>
public static class ReportText
{
    private const int Width = 80;
    private const int LabelWidth = 16;

    public static string Of(ImageReport report)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Clean(report.File)}\n");
        Line(text, "format", $"{report.Format}, {ByteSize.Format(report.VirtualSize)} virtual, {ByteSize.Format(report.FileSize)} in the file");
        foreach (PartitionReport partition in report.Partitions)
            Line(text, $"partition {partition.Number}", $"{partition.Role}, {ByteSize.Format(partition.Length)}{(partition.Content is null ? "" : $", {partition.Content}")}, {partition.Id}");
        foreach (UkiReport program in report.Programs)
            Program(text, program);
        if (report.Verity is { } verity)
            Verity(text, verity);
        else
            Line(text, "verity", "none: the root file system is not bound to the command line");
        if (report.Root is { } root)
            Root(text, root);
        foreach (Fault fault in report.Faults)
            text.Append('\n').Append(Clean(fault.ToString()));
        return text.Append(report.Faults.Count > 0 ? "\n" : "").ToString();
    }

    private static void Program(StringBuilder text, UkiReport program)
    {
        text.Append('\n').Append(Clean(program.Path)).Append('\n');
        Line(text, "kind", program.HasKernel ? $"unified kernel image, {ByteSize.Format(program.Size)}" : $"EFI program, {ByteSize.Format(program.Size)}");
        Line(text, "signed", program.IsSigned ? "yes" : "no");
        Line(text, "system", program.OsName);
        Line(text, "kernel", program.KernelRelease);
        Line(text, "stub", program.Stub is null ? null : $"systemd-stub {program.Stub}");
        Line(text, "command line", program.CommandLine);
        Line(text, "sections", string.Join(", ", program.Sections.Select(s => $"{s.Name} {ByteSize.Format(s.Size)}")));
    }

    private static void Verity(StringBuilder text, VerityReport verity)
    {
        text.Append("\nverity\n");
        Line(text, "command line", verity.OnCommandLine?.Hex ?? "no root hash");
        Line(text, "root partition", Compare(verity.OfData, verity.OnCommandLine));
        Line(text, "hash partition", Compare(verity.OfStoredTree, verity.OnCommandLine));
        Line(text, "partition ids", verity.IdsMatch ? "are the halves of the root hash" : "are NOT the halves of the root hash");
        Line(text, "data", string.Create(CultureInfo.InvariantCulture, $"{verity.DataBlocks} blocks of 4096 bytes"));
        Line(text, "salt", verity.Salt);
    }

    private static string Compare(Sha256? found, Sha256? expected)
    {
        if (found is null)
            return "could not be computed";
        return found == expected ? "the same, recomputed" : $"DIFFERS: {found.Value.Hex}";
    }

    private static void Root(StringBuilder text, RootReport root)
    {
        text.Append("\nroot file system\n");
        Line(text, "system", root.OsRelease.GetValueOrDefault("PRETTY_NAME") ?? "unknown");
        Line(text, "content", string.Create(CultureInfo.InvariantCulture, $"{root.FileSystem}, {root.Files} files, {ByteSize.Format(root.Bytes)}"));
        Line(text, "packages", root.Packages is { } p ? $"{p.Count?.ToString(CultureInfo.InvariantCulture) ?? "not counted"} ({p.Manager})" : "unknown");
        Line(text, "enabled", Listed(root.EnabledUnits));
        Line(text, "masked", Listed(root.MaskedUnits));
        Line(text, "measuring", root.MeasuringUnits.Count == 0 ? "no unit extends PCRs at boot" : "NOT masked: " + Listed(root.MeasuringUnits));
        Line(text, "agent", Listed([.. root.AgentPrograms.Where(a => a.Value).Select(a => a.Key)]));
        Line(text, "missing", Listed([.. root.AgentPrograms.Where(a => !a.Value).Select(a => a.Key)]));
        Line(text, "open accounts", Listed(root.OpenUsers));
        Line(text, "ssh keys", Listed([.. root.AuthorizedKeys, .. root.HostKeys]));
        Line(text, "ssh server", root.SshUnit is not null ? $"started at boot by {root.SshUnit}" : root.HasSshServer ? "installed, not started" : "none");
        Line(text, "autologin", Listed(root.Autologins));
        Line(text, "cloud-init", !root.HasCloudInit ? "none" : root.IsCloudInitRestricted ? "restricted" : "unrestricted");
        Line(text, "machine id", root.HasEmptyMachineId ? "empty" : "NOT an empty file");
        Line(text, "set-id files", root.SetIdFiles?.Count.ToString(CultureInfo.InvariantCulture) ?? "not known for this file system");
        Policy(text, root);
    }

    private static void Policy(StringBuilder text, RootReport root)
    {
        if (root.Policy is not { } policy)
        {
            Line(text, "agent policy", "none");
            return;
        }

        Line(text, "agent policy", $"{root.PolicyPath}, sha256 {policy.Digest}, read as the agent of Kata {policy.Kata}");
        foreach (IGrouping<PolicyVerdict, PolicyRow> group in policy.Rows.GroupBy(r => r.Verdict).OrderBy(g => g.Key))
            Line(text, group.Key.ToString().ToLowerInvariant(), Listed([.. group.Select(r => r.Call)]));
        foreach (Fault fault in policy.Faults)
            Line(text, fault.Severity.ToString().ToLowerInvariant(), $"{fault.Code} {fault.Message}");
    }

    private static string Listed(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);

    /// <summary>Breaks at spaces; a word that is longer than a line stays whole, since nobody could copy it otherwise.</summary>
    private static void Line(StringBuilder text, string label, string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;
        StringBuilder line = new($"  {label.PadRight(LabelWidth)}");
        bool empty = true;
        foreach (string word in Clean(value).Split(' '))
        {
            if (!empty && line.Length + 1 + word.Length > Width)
            {
                text.Append(line).Append('\n');
                line.Clear().Append(' ', 2 + LabelWidth);
                empty = true;
            }

            line.Append(empty ? "" : " ").Append(word);
            empty = false;
        }

        text.Append(line).Append('\n');
    }

    /// <summary>An image is somebody else's text: nothing in it may steer the terminal.</summary>
    private static string Clean(string text) => string.Concat(text.Select(c => c != '\n' && char.IsControl(c) ? '?' : c));
}
