using ImageFactory.Assembly.Tree;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Uki;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Bases.Disks;

/// <summary>
/// The EFI system partition of a vendor that boots a UKI (RHEL's kernel-uki-virt): shim, its fallback table and the UKI stay as they are, since
/// signatures and the order of booting are the vendor's.
/// </summary>
internal static class VendorEsp
{
    public const string MountPoint = "/boot/efi";

    public static IEnumerable<TreeItem> Files(FileTree tree) => tree.Walk(MountPoint).Where(i => i.Entry.Type == TreeEntryType.File).ToList();

    /// <summary>UKIs below a folder, by their paths in it.</summary>
    public static IEnumerable<string> Ukis(string folder) => !Directory.Exists(folder) ? [] : Directory
        .EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, MatchCasing = MatchCasing.CaseInsensitive })
        .Where(f => f.EndsWith(".efi", StringComparison.OrdinalIgnoreCase) && HasKernel(f))
        .Select(f => Path.GetRelativePath(folder, f))
        .Order(StringComparer.Ordinal);

    private static bool HasKernel(string file)
    {
        try
        {
            using RawFileSource source = RawFileSource.Open(file);
            return UkiFile.Read(source).HasKernel;
        }
        catch (FactoryException)
        {
            // Not a program that a firmware would start.
            return false;
        }
    }
}
