using System.Globalization;

namespace ImageFactory.Assembly.Sbom;

/// <summary>Licences that SPDX has no name for: a document declares them itself, with the words of the packages.</summary>
internal sealed class SpdxOwnLicences
{
    private readonly Dictionary<string, string> names;

    private SpdxOwnLicences(Dictionary<string, string> names, IReadOnlyDictionary<string, string> declarations)
    {
        this.names = names;
        Declarations = declarations;
    }

    /// <summary>Name to text, by name.</summary>
    public IReadOnlyDictionary<string, string> Declarations { get; }

    public static SpdxOwnLicences Of(IReadOnlyList<SbomPackage> packages)
    {
        Dictionary<string, string> names = packages.Select(p => p.LicenceWords).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select((words, i) => (words, Name: string.Create(CultureInfo.InvariantCulture, $"LicenseRef-declared-{i + 1}")))
            .ToDictionary(n => n.words, n => n.Name, StringComparer.Ordinal);
        SortedDictionary<string, string> declarations = new(names.ToDictionary(n => n.Value, n => n.Key), StringComparer.Ordinal);
        foreach (string name in packages.SelectMany(p => SpdxExpression.OwnNames(p.Licence ?? "")))
            declarations.TryAdd(name, "The package names it so; its text is in the package or with its maker.");
        return new SpdxOwnLicences(names, declarations);
    }

    public string? NameOf(SbomPackage package) => package.LicenceWords is { } words ? names[words] : null;
}
