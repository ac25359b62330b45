using ImageFactory.Model;

namespace ImageFactory.Assembly.Bases;

/// <summary>Faults of a recipe that asks a base for what it cannot give.</summary>
internal static class BaseFaults
{
    public static Fault DiskNotConvertible(string where) =>
        new("IFA601", ExitCode.InvalidInput, "this base is a disk with a layout of its own, which cannot be turned into a measured disk")
        {
            Where = where,
            Hint = "set 'disk.integrity: none' to keep the disk as it is, or use a base that yields a root file system",
        };
}
