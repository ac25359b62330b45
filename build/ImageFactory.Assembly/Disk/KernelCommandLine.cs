using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Disk;

/// <summary>The command line in the UKI: what the disk needs first, then what the recipe adds. It is measured, byte by byte.</summary>
internal static class KernelCommandLine
{
    /// <param name="rootHash">Null without integrity; the root partition is then found by its id.</param>
    public static string Of(Recipe recipe, Sha256? rootHash, DiskSeed seed)
    {
        List<string> words = [];
        if (rootHash is { } hash)
            words.Add("roothash=" + hash.Hex);
        else
            words.AddRange([$"root=PARTUUID={seed.Uuid("root-partition")}", "ro"]);
        words.Add("systemd.volatile=" + (recipe.Disk.Volatile == Volatility.Overlay ? "overlay" : "state"));
        words.AddRange(recipe.System.KernelArguments);
        return string.Join(' ', words);
    }
}
