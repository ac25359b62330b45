using ImageFactory.Model;

namespace ImageFactory.Images.Fat;

internal static class FatFaults
{
    public static Fault NotFat(string file, string what) =>
        new("IFI501", ExitCode.InvalidInput, $"there is no FAT file system here: {what}")
        {
            Where = file,
            Hint = "the EFI system partition is expected to be FAT12, FAT16 or FAT32",
        };

    public static Fault Malformed(string file, long offset, string what) =>
        new("IFI502", ExitCode.InvalidInput, $"the FAT file system is damaged: {what}")
        {
            Where = Place.At(file, offset),
            Hint = "compare the image with its publisher's digest; fsck.vfat on the partition shows more",
        };

    public static Fault NotAFile(string file, string path) =>
        new("IFI503", ExitCode.InvalidInput, $"{path} is a folder, a file is expected") { Where = file, Hint = "give the path of a file in it" };
}
