using ImageFactory.Model;

namespace ImageFactory.Images.Ext4;

internal static class Ext4Faults
{
    public static Fault Malformed(string file, long offset, string what) =>
        new("IFI513", ExitCode.InvalidInput, $"the ext4 file system is damaged: {what}")
        {
            Where = Place.At(file, offset),
            Hint = "compare the image with its publisher's digest; 'e2fsck -fn' on the partition shows more",
        };

    public static Fault Unknown(string file, uint features) =>
        new("IFI514", ExitCode.InvalidInput, $"owners and attributes of files are not read: the ext4 file system has features that are not known here (0x{features:x})")
        {
            Where = file,
            Hint = "'dumpe2fs -h' on the partition names them; 0x4 means that it was not unmounted, which e2fsck mends",
        };
}
