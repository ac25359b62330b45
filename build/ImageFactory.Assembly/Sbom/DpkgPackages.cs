using System.Text.RegularExpressions;
using ImageFactory.Assembly.Packages;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Sbom;

/// <summary>The packages of a Debian system, from dpkg's own database (dpkg(1): <c>/var/lib/dpkg</c>).</summary>
internal static partial class DpkgPackages
{
    public const string Folder = "/var/lib/dpkg";

    public static bool IsIn(FileTree tree) => tree.Find($"{Folder}/status") is not null || tree.Find($"{Folder}/status.d") is not null;

    public static IReadOnlyList<SbomPackage> Read(FileTree tree, OperatingSystemFacts system) =>
    [
        .. Texts(tree).SelectMany(DebianControl.Stanzas)
            .Where(s => s.GetValueOrDefault("Status", "install ok installed") == "install ok installed" && s.ContainsKey("Package") && s.ContainsKey("Version"))
            .Select(s => PackageOf(tree, s, system))
            .OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Architecture, StringComparer.Ordinal),
    ];

    /// <summary>Paths that packages brought, as they are in the tree, with the names of the packages.</summary>
    public static IReadOnlyDictionary<string, string> Owned(FileTree tree)
    {
        OwnedPaths owned = new(tree);
        foreach (string list in tree.List($"{Folder}/info").Where(f => f.EndsWith(".list", StringComparison.Ordinal)))
        {
            foreach (string path in (tree.ReadDatabase($"{Folder}/info/{list}") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
                owned.Add(path, list[..^5].Split(':')[0]);
        }

        return owned.Paths;
    }

    private static IEnumerable<string> Texts(FileTree tree)
    {
        if (tree.ReadDatabase($"{Folder}/status") is { } status)
            yield return status;
        foreach (string file in tree.List($"{Folder}/status.d").Where(f => !f.EndsWith(".md5sums", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            yield return tree.ReadDatabase($"{Folder}/status.d/{file}") ?? "";
    }

    private static SbomPackage PackageOf(FileTree tree, IReadOnlyDictionary<string, string> stanza, OperatingSystemFacts system)
    {
        string name = stanza["Package"];
        string version = stanza["Version"];
        string architecture = stanza.GetValueOrDefault("Architecture", "");
        Match source = SourceField().Match(stanza.GetValueOrDefault("Source", ""));
        return new SbomPackage(
            name,
            version,
            architecture,
            PackageUrl.Of("deb", system.Id, name, version, ("arch", architecture), ("distro", system.Distribution)),
            source.Success ? (source.Groups["name"].Value, source.Groups["version"].Success ? source.Groups["version"].Value : version) : (name, version),
            tree.ReadText($"/usr/share/doc/{name}/copyright") is { } copyright ? DebianLicences.Expression(copyright) : null);
    }

    [GeneratedRegex(@"^(?<name>[^ (]+)( \((?<version>[^)]+)\))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex SourceField();
}
