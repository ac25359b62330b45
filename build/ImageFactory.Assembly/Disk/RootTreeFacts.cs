using ImageFactory.Assembly.Packages;
using ImageFactory.Assembly.Sbom.Rpm;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Assembly.Disk;

/// <summary>What the manifest says about the root file system.</summary>
internal static class RootTreeFacts
{
    /// <summary>Programs without which no pod runs (Job contract, section 7.1).</summary>
    public static readonly IReadOnlyList<string> AgentBinaries =
    [
        "/usr/local/bin/agent-protocol-forwarder", "/usr/local/bin/api-server-rest", "/usr/local/bin/attestation-agent",
        "/usr/local/bin/confidential-data-hub", "/usr/local/bin/kata-agent", "/usr/local/bin/process-user-data", "/pause_bundle",
    ];

    public static RootFacts Of(FileTree tree)
    {
        ILookup<bool, string> binaries = AgentBinaries.ToLookup(b => tree.Find(b) is not null);
        IReadOnlyDictionary<string, string> release = OsRelease(tree.ReadText("/etc/os-release") ?? "");
        TreeItem[] files = [.. tree.Walk().Where(i => i.Entry.Type == TreeEntryType.File)];
        return new RootFacts(
            release.GetValueOrDefault("PRETTY_NAME") ?? release.GetValueOrDefault("ID") ?? "unknown",
            tree.ReadDatabase("/var/lib/dpkg/status") is { } status ? DebianControl.Stanzas(status).Count() : RpmDatabase.IsIn(tree) ? RpmPackages.Count(tree) ?? 0 : 0,
            files.Length,
            files.Where(f => f.FirstName is null).Sum(f => f.Entry.Content.Length),
            [.. binaries[true]],
            [.. binaries[false]])
        {
            Folders = FolderSizes.Of(files.Where(f => f.FirstName is null).Select(f => (f.Path, f.Entry.Content.Length))),
        };
    }

    public static Dictionary<string, string> OsRelease(string text) =>
        text.Split('\n').Where(l => l.Contains('=', StringComparison.Ordinal)).Select(l => l.Split('=', 2))
            .GroupBy(p => p[0], StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last()[1].Trim('"', '\''), StringComparer.Ordinal);
}
