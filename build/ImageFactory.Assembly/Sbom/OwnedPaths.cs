using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Sbom;

/// <summary>Paths that packages brought, as they are in the tree: packages name <c>/bin/sh</c> where the file is <c>/usr/bin/sh</c>.</summary>
internal sealed class OwnedPaths(FileTree tree)
{
    private readonly Dictionary<string, string?> folders = new(StringComparer.Ordinal);

    /// <summary>Path to the name of the package; of several that share a folder, the last.</summary>
    public Dictionary<string, string> Paths { get; } = new(StringComparer.Ordinal);

    /// <summary>The folder's links are followed, a link that is the file itself is not.</summary>
    public void Add(string path, string package)
    {
        int slash = path.LastIndexOf('/');
        if (slash <= 0)
        {
            Paths[path] = package;
            return;
        }

        string folder = path[..slash];
        if (!folders.TryGetValue(folder, out string? real))
            folders.Add(folder, real = tree.Resolve(folder));
        Paths[real is null ? path : $"{real.TrimEnd('/')}{path[slash..]}"] = package;
    }
}
