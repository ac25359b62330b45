using System.Globalization;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Bases.Disks;

/// <summary>A kernel in a root tree, with modules of its own.</summary>
/// <param name="Version">What <c>uname -r</c> will say.</param>
internal sealed record GuestKernel(string Version, string Path)
{
    private const string Modules = "/usr/lib/modules";

    /// <summary>The newest one; rescue kernels have no modules and do not count.</summary>
    public static GuestKernel? Newest(FileTree tree) => Versions(tree)
        .Select(v => (Version: v, Path: Candidates(v).FirstOrDefault(p => tree.Find(p) is { Type: TreeEntryType.File })))
        .Where(k => k.Path is not null)
        .OrderBy(k => k.Version, Comparer<string>.Create(Compare))
        .Select(k => new GuestKernel(k.Version, k.Path!))
        .LastOrDefault();

    /// <summary>All versions that have modules.</summary>
    public static IEnumerable<string> Versions(FileTree tree) => tree.List(Modules).Concat(tree.List("/lib/modules")).Distinct();

    private static IEnumerable<string> Candidates(string version) => [$"{Modules}/{version}/vmlinuz", $"/lib/modules/{version}/vmlinuz", $"/boot/vmlinuz-{version}"];

    /// <summary>Numbers as numbers, the rest as text, and a number is newer than a text, as RPM has it: -9 before -10, -427.el9 before -427.13.el9.</summary>
    internal static int Compare(string left, string right)
    {
        int l = 0;
        int r = 0;
        while (l < left.Length && r < right.Length)
        {
            int order;
            bool isNumber = char.IsAsciiDigit(left[l]);
            if (isNumber != char.IsAsciiDigit(right[r]))
                order = isNumber ? 1 : -1;
            else if (isNumber)
                order = Number(left, ref l).CompareTo(Number(right, ref r));
            else
                order = left[l++].CompareTo(right[r++]);
            if (order != 0)
                return order;
        }

        return (left.Length - l).CompareTo(right.Length - r);
    }

    private static decimal Number(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]) && at - start < 18)
            at++;
        return decimal.Parse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
