using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.SystemSetup.Options;

internal static class InitrdOptions
{
    /// <summary>The same initrd with the dracut modules of an option.</summary>
    public static InitrdSettings With(this InitrdSettings settings, SystemOption option) =>
        settings with { Modules = [.. settings.Modules.Union(option.Facts.DracutModules)] };
}
