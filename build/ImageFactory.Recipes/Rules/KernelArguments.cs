using ImageFactory.Model;

namespace ImageFactory.Recipes.Rules;

/// <summary>An argument of the kernel's command line, which is measured and which the factory writes.</summary>
internal static class KernelArguments
{
    /// <summary>The disk decides these. The kernel and systemd take '-' and '_' as the same.</summary>
    private static readonly string[] Owned = ["roothash", "usrhash", "root", "rootfstype", "rootflags", "systemd.volatile"];

    private static readonly string[] OwnedFamilies = ["systemd.verity", "rd.systemd.verity"];

    public static Fault? Check(string path, string text)
    {
        if (text.Length == 0 || text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
            return RuleFaults.KernelArgumentWord(path, text);
        if (text.Any(c => c > '~'))
            return RuleFaults.KernelArgumentAscii(path, text);

        string name = text.Split('=')[0].Trim('"').Replace('-', '_');
        return Owned.Contains(name) || OwnedFamilies.Any(f => name.StartsWith(f, StringComparison.Ordinal)) ? RuleFaults.KernelArgumentOwned(path, text) : null;
    }
}
