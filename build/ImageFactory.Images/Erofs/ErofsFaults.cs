using ImageFactory.Model;

namespace ImageFactory.Images.Erofs;

internal static class ErofsFaults
{
    public static Fault Malformed(string file, long offset, string what) =>
        new("IFI511", ExitCode.InvalidInput, $"the erofs is damaged: {what}")
        {
            Where = Place.At(file, offset),
            Hint = "compare the image with its publisher's digest; fsck.erofs on the partition shows more",
        };

    public static Fault Unknown(string file, uint features) =>
        new("IFI512", ExitCode.InvalidInput, $"owners and attributes of files are not read: the erofs has features that are not known here (0x{features:x})")
        {
            Where = file,
            Hint = "make the image with mkfs.erofs without them, or look at it with dump.erofs",
        };
}
