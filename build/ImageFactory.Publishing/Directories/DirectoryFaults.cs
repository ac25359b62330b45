using ImageFactory.Model;

namespace ImageFactory.Publishing.Directories;

/// <summary>Faults of folders. IFU201 to IFU299.</summary>
internal static class DirectoryFaults
{
    public static Fault NotWritable(string where, string folder, string reason) =>
        new("IFU201", ExitCode.CannotWrite, $"nothing can be written to {folder}")
        {
            Where = where,
            Detail = reason,
            Hint = "give this user the rights and the file system some space, or name another folder",
        };

    public static Fault OfAnother(string where, string file, string owner) =>
        new("IFU202", ExitCode.NotPermitted, $"{file} belongs to '{owner}' and is not overwritten")
        {
            Where = where,
            Hint = "set another 'name', the same 'owner', or remove the file",
        };

    public static Fault Unknown(string where, string file) =>
        new("IFU203", ExitCode.NotPermitted, $"{file} was not made by the factory and is not overwritten")
        {
            Where = where,
            Hint = "set another 'name', or remove the file",
        };

    public static Fault Name(string where, string name) =>
        new("IFU204", ExitCode.InvalidInput, $"'{name}' is no name of a file")
        {
            Where = where,
            Hint = "1 to 200 letters, digits, '-', '_', '+' and '.', not beginning with '.'",
        };

    public static Fault NoFormat(string where) =>
        new("IFU205", ExitCode.InvalidInput, "there is no format to write")
        {
            Where = where,
            Hint = "formats: [qcow2]; raw, vhd, gcp and vmdk are possible too",
        };

    public static Fault QemuImgMissing(string where, string format) =>
        new("IFU206", ExitCode.Unavailable, $"qemu-img is needed to write {format} and is not on this host")
        {
            Where = where,
            Hint = "apt-get install qemu-utils, or dnf install qemu-img",
        };
}
