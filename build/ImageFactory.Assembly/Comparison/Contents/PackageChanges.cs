namespace ImageFactory.Assembly.Comparison.Contents;

/// <summary>Packages by name and architecture. Several versions of one may be installed side by side.</summary>
public static class PackageChanges
{
    public static IReadOnlyList<PackageChange> Between(IEnumerable<(string Name, string Architecture, string Version)> before, IEnumerable<(string Name, string Architecture, string Version)> after)
    {
        ILookup<(string Name, string Architecture), string> old = before.ToLookup(p => (p.Name, p.Architecture), p => p.Version);
        ILookup<(string Name, string Architecture), string> fresh = after.ToLookup(p => (p.Name, p.Architecture), p => p.Version);
        return
        [
            .. old.Select(g => g.Key).Union(fresh.Select(g => g.Key)).OrderBy(k => k.Name, StringComparer.Ordinal).ThenBy(k => k.Architecture, StringComparer.Ordinal)
                .SelectMany(k => Of(k, [.. old[k].Except(fresh[k], StringComparer.Ordinal)], [.. fresh[k].Except(old[k], StringComparer.Ordinal)])),
        ];
    }

    private static IEnumerable<PackageChange> Of((string Name, string Architecture) package, string[] gone, string[] come) => (gone, come) is ([string was], [string now])
        ? [new PackageChange(package.Name, package.Architecture, ChangeKind.Changed, was, now)]
        : [
            .. gone.Select(v => new PackageChange(package.Name, package.Architecture, ChangeKind.Removed, v, null)),
            .. come.Select(v => new PackageChange(package.Name, package.Architecture, ChangeKind.Added, null, v)),
        ];
}
