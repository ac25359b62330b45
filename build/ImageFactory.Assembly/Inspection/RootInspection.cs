using System.Text;
using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Assembly.Sbom.Rpm;
using ImageFactory.Assembly.SystemSetup;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Inspection;

/// <summary>Looks at a root file system with the eyes of somebody who has to trust it.</summary>
internal static class RootInspection
{
    /// <summary>What the payload puts on the disk of a pod VM.</summary>
    private static readonly string[] AgentPrograms =
    [
        "/usr/local/bin/kata-agent",
        "/usr/local/bin/agent-protocol-forwarder",
        "/usr/local/bin/process-user-data",
        "/usr/local/bin/attestation-agent",
        "/usr/local/bin/confidential-data-hub",
        "/usr/local/bin/api-server-rest",
        "/pause_bundle",
    ];

    private static readonly string[] OsReleases = ["/etc/os-release", "/usr/lib/os-release"];

    /// <param name="knowsModes">Whether the tree has all bits of modes; debugfs drops some.</param>
    public static RootReport Of(FileTree tree, string fileSystem, bool knowsModes)
    {
        List<TreeItem> items = [.. tree.Walk()];
        UnitOverview units = UnitOverview.Of(tree);
        (string? policyPath, PolicyInspection? policy) = Policy(tree);
        return new RootReport
        {
            FileSystem = fileSystem,
            Files = items.Count(i => i.Entry.Type == TreeEntryType.File),
            Bytes = items.Where(i => i.FirstName is null).Sum(i => i.Entry.Content.Length),
            OsRelease = ReadOsRelease(tree),
            Packages = Packages(tree),
            EnabledUnits = units.Enabled,
            MaskedUnits = units.Masked,
            MeasuringUnits = units.Measuring,
            Autologins = units.Autologins,
            AgentPrograms = AgentPrograms.ToDictionary(p => p, p => tree.Find(p) is not null),
            PolicyPath = policyPath,
            Policy = policy,
            OpenUsers = [.. Accounts.FindOpen(tree).Select(a => a.User).Distinct(StringComparer.Ordinal)],
            AuthorizedKeys = [.. Named(items, n => n is "authorized_keys" or "authorized_keys2")],
            HostKeys = [.. Named(items, n => n.StartsWith("ssh_host_", StringComparison.Ordinal) && n.EndsWith("_key", StringComparison.Ordinal))],
            HasSshServer = tree.Find(SshRules.Server) is not null,
            SshUnit = SshRules.EnabledUnit(tree),
            SetIdFiles = knowsModes ? SetIdFiles(items) : null,
            HasEmptyMachineId = tree.Find("/etc/machine-id") is { Type: TreeEntryType.File, Content.Length: 0 },
            HasCloudInit = tree.Find(CloudInitRules.Program) is not null,
            IsCloudInitRestricted = tree.Find(CloudInitRules.Restriction) is not null,
        };
    }

    /// <summary>The fields of os-release(5) text, without quotes.</summary>
    public static IReadOnlyDictionary<string, string> ParseOsRelease(string text)
    {
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        foreach (string line in text.Split('\n'))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && !line.StartsWith('#'))
                fields[line[..equals].Trim()] = line[(equals + 1)..].Trim().Trim('"', '\'');
        }

        return fields;
    }

    private static IReadOnlyDictionary<string, string> ReadOsRelease(FileTree tree) =>
        ParseOsRelease(OsReleases.Select(tree.ReadText).FirstOrDefault(t => t is not null) ?? "");

    private static IEnumerable<string> Named(IEnumerable<TreeItem> items, Func<string, bool> matches) =>
        items.Where(i => i.Entry is { Type: TreeEntryType.File, Content.Length: > 0 } && matches(TreePath.FileName(i.Path))).Select(i => i.Path);

    private static List<string> SetIdFiles(IEnumerable<TreeItem> items) =>
        [.. items.Where(i => i.Entry.Type == TreeEntryType.File && (i.Entry.Mode & UnixMode.SetId) != 0).Select(i => i.Path)];

    private static (string? Path, PolicyInspection? Policy) Policy(FileTree tree)
    {
        if (PolicyFileOf(tree) is not { } path || tree.ReadText(path) is not { } text)
            return (null, null);
        return (path, PolicyInspector.Inspect(path, Encoding.UTF8.GetBytes(text), AgentApi.Known.Newest.ToString(), isMeasured: true));
    }

    /// <summary>The file that the agent will read: a link into /run leads to what tmpfiles copies there at boot.</summary>
    private static string? PolicyFileOf(FileTree tree)
    {
        const string Opened = "/etc/kata-opa/default-policy.rego";
        if (tree.Resolve(Opened) is { } path)
            return path;
        if (tree.FindSelf(Opened)?.Target is not { } target)
            return null;
        string made = target.StartsWith('/') ? TreePath.Join("/", target) : TreePath.Join("/etc/kata-opa", target);
        return TmpfilesSource(tree, made) is { } source ? tree.Resolve(source) : null;
    }

    private static string? TmpfilesSource(FileTree tree, string made)
    {
        foreach (string folder in (string[])["/etc/tmpfiles.d", "/usr/lib/tmpfiles.d"])
        {
            foreach (string file in tree.List(folder).Where(f => f.EndsWith(".conf", StringComparison.Ordinal)))
            {
                foreach (string line in (tree.ReadText($"{folder}/{file}") ?? "").Split('\n'))
                {
                    // Type, path, mode, user, group, age, argument.
                    string[] fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                    if (fields.Length >= 2 && fields[0].StartsWith('C') && fields[1] == made)
                        return fields.Length >= 7 ? fields[6] : "/usr/share/factory" + made;
                }
            }
        }

        return null;
    }

    private static PackageReport? Packages(FileTree tree)
    {
        if (tree.Find("/var/lib/dpkg/status") is { Type: TreeEntryType.File } status)
        {
            using StreamReader reader = new(status.Content.Open(), Encoding.UTF8);
            int count = 0;
            while (reader.ReadLine() is { } line)
                count += line == "Status: install ok installed" ? 1 : 0;
            return new PackageReport("dpkg", count);
        }

        return RpmDatabase.IsIn(tree) ? new PackageReport("rpm", RpmPackages.Count(tree)) : null;
    }
}
