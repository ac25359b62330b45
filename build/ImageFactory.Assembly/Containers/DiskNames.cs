namespace ImageFactory.Assembly.Containers;

/// <summary>Files that are likely to be a disk, by their name.</summary>
internal static class DiskNames
{
    private static readonly string[] Endings = [".qcow2", ".raw", ".img", ".vhd"];

    private static readonly string[] Wrappings = [".gz", ".xz", ".zst"];

    /// <summary>A disk, compressed or not, or an archive that may have one in it.</summary>
    public static bool MayHoldDisk(string name)
    {
        string plain = Wrappings.FirstOrDefault(w => name.EndsWith(w, StringComparison.OrdinalIgnoreCase)) is { } wrapping ? name[..^wrapping.Length] : name;
        return IsDisk(plain) || plain.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);
    }

    public static bool IsDisk(string name) => Endings.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase));
}
