using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.SecureExecution.Boot;

/// <summary>Faults about the boot record (IFS801 to IFS819).</summary>
internal static class BootFaults
{
    public static Fault Stage3Missing(string path, Exception cause) => new("IFS801", ExitCode.MissingInput, $"the boot loader stage3.bin cannot be read: {cause.Message}")
    {
        Where = path,
        Hint = "it is in the s390x package s390-tools (Debian: /usr/lib/s390-tools/stage3.bin; 2.35 to 2.40 are known to fit); unpacking the package is enough",
    };

    public static Fault Stage3Size(string path, long size) => Invalid("IFS802", path, $"stage3.bin has {size} bytes; 1 to 20480 fit between its addresses", "take the file of the s390-tools package");

    public static Fault NoPartition(string disk, int number) => Invalid("IFS803", disk, $"the disk has no partition {number}", "write the partition table first");

    public static Fault NoFileSystem(string disk, int number) => Invalid("IFS804", disk, $"partition {number} holds no ext4 that can be read", "make it with mke2fs -t ext4");

    public static Fault NoFile(string disk, string name) =>
        Invalid("IFS805", disk, $"the boot partition has no file /{name} (mapped by extents)", $"put {name} into the tree that the file system is made from");

    public static Fault BootMapTooSmall(string disk, long size, long needed) => Invalid(
        "IFS806",
        disk,
        $"the placeholder /bootmap has {size} bytes in use on the disk, the boot map needs {needed}",
        "make the placeholder larger and fill it with 0xFF: zeros would become a hole");

    public static Fault AboveTwoGibibytes(string name, long end) => Invalid(
        "IFS807",
        name,
        string.Create(CultureInfo.InvariantCulture, $"it would end at 0x{end:x} in memory; the boot loader reaches up to 0x80000000"),
        "make kernel and initrd smaller");

    public static Fault EmptyFile(string name) => Invalid("IFS808", name, "the file is empty", "write the image first");

    private static Fault Invalid(string code, string where, string message, string hint) => new(code, ExitCode.InvalidInput, message) { Where = where, Hint = hint };
}
