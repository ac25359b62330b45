using ImageFactory.Model;

namespace ImageFactory.Measurement.BootCheck;

/// <summary>What the manifest promises about a boot, and the check of a report against it.</summary>
/// <param name="RootHash">Root hash of the verity tree; null for an image without integrity.</param>
/// <param name="Policy">Digest of the embedded agent policy.</param>
/// <param name="Overlay">Whether / is to be a memory overlay; otherwise it is to be read-only. Null for a disk that keeps its own layout, of which nothing is promised.</param>
/// <param name="Scratch">Whether scratch space must have been made (the disk of the check has room for it).</param>
public sealed record BootExpectations(string? RootHash, Sha256? Policy, bool? Overlay, bool Scratch)
{
    public IReadOnlyList<Fault> Check(BootReport report)
    {
        List<Fault> faults = [];
        if (report.MultiUser != "active")
            faults.Add(BootFaults.NotMultiUser(report.MultiUser));
        if (report.FailedUnits.Count > 0)
            faults.Add(BootFaults.FailedUnits(report.FailedUnits));
        else if (report.State != "running")
            faults.Add(BootFaults.NotRunning(report.State));

        if (RootHash is not null)
        {
            string status = report.Verity.GetValueOrDefault("status", "absent");
            if (status != "verified")
                faults.Add(BootFaults.NotVerified(status));
            if (report.Verity.GetValueOrDefault("mode", "readonly") != "readonly")
                faults.Add(BootFaults.RootWritable($"verity device in mode {report.Verity["mode"]}"));
            string active = report.Verity.GetValueOrDefault("root hash", RootHash);
            if (active != RootHash || !report.CommandLine.Split(' ').Contains("roothash=" + RootHash))
                faults.Add(BootFaults.OtherRootHash(RootHash, active));
        }

        if (Overlay == true && report.Root?.StartsWith("overlay", StringComparison.Ordinal) != true)
            faults.Add(BootFaults.NoOverlay(report.Root ?? "nothing"));
        if (Overlay == false && report.Root is { } root && !root.Split([' ', ',']).Contains("ro"))
            faults.Add(BootFaults.RootWritable(root));
        if (Policy is { } policy && report.Policy != policy.Hex)
            faults.Add(BootFaults.OtherPolicy(policy, report.Policy ?? "no policy file"));
        if (Scratch && report.Scratch is null)
            faults.Add(BootFaults.NoScratch());
        return faults;
    }
}
