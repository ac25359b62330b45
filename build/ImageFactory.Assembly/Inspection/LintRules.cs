using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Inspection;

/// <summary>Which rules of a safe pod VM image a report breaks.</summary>
public static class LintRules
{
    /// <summary>Arguments that make a verified root worthless, by their whole text or up to the '='.</summary>
    private static readonly string[] DangerousArguments =
        ["init", "rdinit", "rd.break", "rd.shell", "systemd.debug-shell", "systemd.debug_shell", "rd.systemd.debug-shell", "systemd.unit", "rd.systemd.unit", "single", "emergency", "rescue"];

    /// <summary>Values by which a protection is turned off.</summary>
    private static readonly string[] OffSwitches = ["systemd.verity=0", "systemd.verity=no", "rd.systemd.verity=0", "selinux=0", "lockdown=none", "iommu=off"];

    /// <summary>All broken rules; none for a safe image.</summary>
    public static IReadOnlyList<Fault> Check(ImageReport report)
    {
        List<Fault> faults = [.. Disk(report)];
        if (report.Root is { } root)
            faults.AddRange([.. Access(root), .. System(root), .. Policy(root)]);
        else
            faults.Add(LintFaults.RootUnread());
        return [.. faults.Select(f => f.Where is null ? f.At(report.File) : f)];
    }

    private static IEnumerable<Fault> Disk(ImageReport report)
    {
        List<UkiReport> kernels = [.. report.Programs.Where(p => p.HasKernel)];
        if (kernels.Count != 1)
            yield return LintFaults.KernelCount(kernels.Count, string.Join(", ", kernels.Select(k => k.Path)));
        foreach (string argument in kernels.SelectMany(k => Arguments(k.CommandLine)).Distinct(StringComparer.Ordinal).Where(IsDangerous))
            yield return LintFaults.Argument(argument);

        if (report.Verity?.OnCommandLine is not { } expected)
        {
            yield return LintFaults.NoVerity();
            yield break;
        }

        if (report.Verity.OfData != expected)
            yield return LintFaults.RootHash("the root partition", expected, report.Verity.OfData);
        if (report.Verity.OfStoredTree != expected)
            yield return LintFaults.RootHash("the hash partition", expected, report.Verity.OfStoredTree);
        if (!report.Verity.IdsMatch)
            yield return LintFaults.PartitionIds();
    }

    private static IEnumerable<Fault> Access(RootReport root) =>
    [
        .. root.OpenUsers.Select(LintFaults.OpenUser),
        .. root.AuthorizedKeys.Select(LintFaults.AuthorizedKeys),
        .. root.HostKeys.Select(LintFaults.HostKey),
        .. root.SshUnit is null ? Array.Empty<Fault>() : [LintFaults.SshServer(root.SshUnit)],
        .. root.Autologins.Select(LintFaults.Autologin),
    ];

    private static IEnumerable<Fault> System(RootReport root)
    {
        if (!root.HasEmptyMachineId)
            yield return LintFaults.MachineId();
        foreach (string unit in root.MeasuringUnits)
            yield return LintFaults.MeasuringUnit(unit);
        if (root.HasCloudInit && !root.IsCloudInitRestricted)
            yield return LintFaults.CloudInit();
    }

    /// <summary>The policy has to be sound, and allow nothing outright that the preset of confidential containers refuses.</summary>
    private static IEnumerable<Fault> Policy(RootReport root)
    {
        if (root.Policy is not { } policy)
            return [LintFaults.NoPolicy()];
        if (policy.HasErrors)
            return [LintFaults.PolicyWrong(root.PolicyPath!), .. policy.Faults.Where(f => f.Severity == Severity.Error)];
        PolicyInspection coco = PolicyInspector.Inspect(AgentPolicyPreset.Coco, policy.Kata.ToString(), isMeasured: true);
        HashSet<string> refused = [.. coco.Rows.Where(r => r.Verdict == PolicyVerdict.Denied).Select(r => r.Call)];
        return policy.Rows
            .Where(r => r.Verdict == PolicyVerdict.Allowed && (refused.Contains(r.Call) || r.Call == AgentApi.PseudoRule))
            .Select(r => LintFaults.PolicyWeaker(r.Call));
    }

    private static string[] Arguments(string? commandLine) =>
        (commandLine ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static bool IsDangerous(string argument) =>
        OffSwitches.Contains(argument) || DangerousArguments.Contains(argument.Split('=')[0]);
}
