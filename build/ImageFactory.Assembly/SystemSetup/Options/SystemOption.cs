using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.SystemSetup.Options;

/// <summary>An option of a recipe that is an overlay tree and a few facts.</summary>
/// <param name="Key">The recipe's key.</param>
/// <param name="Name">Of the tree <c>bootc/overlays/NAME</c> and of its facts <c>NAME.json</c>.</param>
/// <param name="Facts">What else it asks for.</param>
internal sealed record SystemOption(string Key, string Name, OptionFacts Facts)
{
    /// <summary>Which setting takes which tree: all that code knows of an option.</summary>
    private static readonly (string Key, string Name, Func<SystemSettings, bool> IsChosen)[] Known =
    [
        ("system.cloudInit", "cloud-init-restricted", s => s.CloudInit == CloudInit.Restricted),
        ("system.fips", "fips", s => s.Fips),
        ("system.nvidia", "nvidia", s => s.Nvidia),
    ];

    /// <param name="overlays">Folder of the overlay trees.</param>
    public static IReadOnlyList<SystemOption> Chosen(SystemSettings settings, string overlays) =>
        [.. Known.Where(o => o.IsChosen(settings)).Select(o => new SystemOption(o.Key, o.Name, OptionFacts.Read(Path.Combine(overlays, o.Name + ".json"))))];
}
