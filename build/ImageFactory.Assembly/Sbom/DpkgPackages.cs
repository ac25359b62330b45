using System.Text.RegularExpressions;
using ImageFactory.Assembly.Packages;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Sbom;

/// <summary>The packages of a Debian system, from dpkg's own database (dpkg(1): <c>/var/lib/dpkg</c>).</summary>
internal static partial class DpkgPackages
{
    private const string Folder = "/var/lib/dpkg";

    public static bool IsIn(FileTree tree) => tree.Find($"{Folder}/status") is not null || tree.Find($"{Folder}/status.d") is not null;

    public static IReadOnlyList<SbomPackage> Read(FileTree tree, OperatingSystemFacts system) =>
    [
        .. Texts(tree).SelectMany(DebianControl.Stanzas)
            .Where(s => s.GetValueOrDefault("Status", "install ok installed") == "install ok installed" && s.ContainsKey("Package") && s.ContainsKey("Version"))
            .Select(s => PackageOf(tree, s, system))
            .OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Architecture, StringComparer.Ordinal),
    ];

    /// <summary>Paths that packages brought, as they are in the tree: packages name <c>/bin/sh</c> where the file is <c>/usr/bin/sh</c>.</summary>
    public static HashSet<string> Owned(FileTree tree)
    {
        HashSet<string> owned = new(StringComparer.Ordinal);
        foreach (string list in tree.List($"{Folder}/info").Where(f => f.EndsWith(".list", StringComparison.Ordinal)))
        {
            foreach (string path in (tree.ReadText($"{Folder}/info/{list}") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
                owned.Add(InTree(tree, path));
        }

        return owned;
    }

    /// <summary>What dpkg itself keeps is no content of its own.</summary>
    public static bool IsDatabase(string path) => path.StartsWith(Folder + "/", StringComparison.Ordinal);

    /// <summary>The folder's links are followed, a link that is the file itself is not.</summary>
    private static string InTree(FileTree tree, string path)
    {
        int slash = path.LastIndexOf('/');
        return slash <= 0 || tree.Resolve(path[..slash]) is not { } folder ? path : $"{folder.TrimEnd('/')}{path[slash..]}";
    }

    private static IEnumerable<string> Texts(FileTree tree)
    {
        if (tree.ReadText($"{Folder}/status") is { } status)
            yield return status;
        foreach (string file in tree.List($"{Folder}/status.d").Where(f => !f.EndsWith(".md5sums", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            yield return tree.ReadText($"{Folder}/status.d/{file}") ?? "";
    }

    private static SbomPackage PackageOf(FileTree tree, IReadOnlyDictionary<string, string> stanza, OperatingSystemFacts system)
    {
        string name = stanza["Package"];
        string version = stanza["Version"];
        string architecture = stanza.GetValueOrDefault("Architecture", "");
        Match source = SourceField().Match(stanza.GetValueOrDefault("Source", ""));
        string distribution = system.Version.Length == 0 ? system.Id : $"{system.Id}-{system.Version}";
        return new SbomPackage(
            name,
            version,
            architecture,
            PackageUrl.Of("deb", system.Id, name, version, ("arch", architecture), ("distro", distribution)),
            source.Success ? (source.Groups["name"].Value, source.Groups["version"].Success ? source.Groups["version"].Value : version) : (name, version),
            tree.ReadText($"/usr/share/doc/{name}/copyright") is { } copyright ? DebianLicences.Expression(copyright) : null);
    }

    [GeneratedRegex(@"^(?<name>[^ (]+)( \((?<version>[^)]+)\))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex SourceField();
}
