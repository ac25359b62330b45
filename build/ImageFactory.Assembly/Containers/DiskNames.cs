namespace ImageFactory.Assembly.Containers;

/// <summary>Files that are likely to be a disk, by their name.</summary>
internal static class DiskNames
{
    private static readonly string[] Endings = [".qcow2", ".raw", ".img", ".vhd"];

    public static bool IsDisk(string name) => Endings.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase));
}
