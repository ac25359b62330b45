using ImageFactory.Model;

namespace ImageFactory.Images.Verity;

internal static class VerityFaults
{
    public static Fault BadDataSize(string where, long size) =>
        new("IFI401", ExitCode.InvalidInput, $"the data for a hash tree must be a multiple of {VerityFormat.BlockSize} bytes and not empty; it has {size}")
        {
            Where = where,
            Hint = "make the file system with blocks of 4096 bytes",
        };

    public static Fault NoSuperblock(string where) =>
        new("IFI402", ExitCode.InvalidInput, "there is no dm-verity superblock at the start of the hash area")
        {
            Where = where,
            Hint = "the partition may hold something else, or the tree was made with --no-superblock, which is not read",
        };

    public static Fault Unsupported(string where, string what, string expected, string found) =>
        new("IFI403", ExitCode.InvalidInput, $"the dm-verity {what} is {found}; {expected} is expected")
        {
            Where = where,
            Hint = "make the tree with veritysetup's defaults: hash type 1, SHA-256, blocks of 4096 bytes",
        };

    public static Fault DataTooShort(string where, long needed, long found) =>
        new("IFI404", ExitCode.InvalidInput, $"the hash tree covers {needed} bytes of data, but there are only {found}")
        {
            Where = where,
            Hint = "data and hash partition do not belong together, or the image was cut",
        };

    public static Fault SaltTooLong(int size) =>
        new("IFI405", ExitCode.InvalidInput, $"the salt of a hash tree has {size} bytes; at most {VeritySuperblock.MaximumSalt} fit into the superblock")
        {
            Hint = "32 bytes are usual",
        };
}
