using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Disk;

/// <summary>The kernel's command line: what the disk needs first, then what the recipe adds. It is measured, byte by byte.</summary>
internal static class KernelCommandLine
{
    /// <summary>
    /// What a Secure Execution guest needs: bounce buffers, since devices cannot reach its memory; no random numbers from the host; no shell in an
    /// initrd that holds keys; an end instead of a wait.
    /// </summary>
    private static readonly string[] SecureExecution = ["swiotlb=262144", "blacklist=virtio_rng", "rd.shell=0", "panic=0"];

    /// <param name="rootHash">Null without a hash tree; the root partition is then found by its id, a LUKS container by its own.</param>
    public static string Of(Recipe recipe, Sha256? rootHash, DiskSeed seed)
    {
        List<string> words = [];
        if (rootHash is { } hash)
            words.Add("roothash=" + hash.Hex);
        else
            words.AddRange([recipe.RootProtection == RootProtection.Luks ? $"root=/dev/mapper/luks-{seed.Uuid("luks"):D}" : $"root=PARTUUID={seed.Uuid("root-partition")}", "ro"]);
        words.Add("systemd.volatile=" + (recipe.Disk.Volatile == Volatility.Overlay ? "overlay" : "state"));
        if (recipe.SecureExecution is not null)
            words.AddRange(SecureExecution.Where(w => !recipe.System.KernelArguments.Any(a => a.StartsWith(w[..(w.IndexOf('=', StringComparison.Ordinal) + 1)], StringComparison.Ordinal))));
        words.AddRange(recipe.System.KernelArguments);
        return string.Join(' ', words);
    }
}
