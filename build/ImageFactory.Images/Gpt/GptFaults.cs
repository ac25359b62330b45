using ImageFactory.Model;

namespace ImageFactory.Images.Gpt;

internal static class GptFaults
{
    public const string DamagedCode = "IFI203";

    public static Fault BadLayout(string what) =>
        new("IFI201", ExitCode.InvalidInput, $"the partition table cannot be written: {what}")
        {
            Hint = "change the sizes or names of the partitions in the recipe's disk section",
        };

    public static Fault NoTable(string file) =>
        new("IFI202", ExitCode.InvalidInput, "there is no GUID partition table on the disk")
        {
            Where = file,
            Hint = "a whole disk image is expected, with a GPT; images with an MBR or without partitions are not read",
        };

    public static Fault Damaged(string file, long offset, string what) =>
        new(DamagedCode, ExitCode.InvalidInput, $"the partition table is damaged: {what}")
        {
            Where = Place.At(file, offset),
            Hint = "compare the image with its publisher's digest; 'sgdisk --verify' shows more",
        };

    public static Fault BackupDamaged(string file, long offset, string what) =>
        new("IFI204", ExitCode.InvalidInput, $"the backup of the partition table is damaged: {what}")
        {
            Where = Place.At(file, offset),
            Hint = "'sgdisk --move-second-header' mends a backup that is not at the end of the disk",
        };
}
