using ImageFactory.Model;

namespace ImageFactory.Assembly.Bases.Qcow2;

/// <summary>Faults of fetching a disk image.</summary>
internal static class QcowFaults
{
    public static Fault Digest(string what, Sha256 wanted, Sha256 found) =>
        new("IFQ201", ExitCode.InvalidInput, $"the disk image has the SHA-256 {found}, not {wanted}")
        {
            Where = what,
            Hint = "take the digest that its publisher gives; if that is the one in the recipe, the file was changed or its download damaged",
        };

    public static Fault NotFetched(string uri, string problem) =>
        new("IFQ202", ExitCode.Unavailable, $"the disk image could not be fetched: {problem}")
        {
            Where = uri,
            Hint = "check the address and the proxy settings; a download that broke off goes on where it stopped when the build is repeated within its tries",
        };

    public static Fault Missing(string path, string problem) =>
        new("IFQ203", ExitCode.MissingInput, $"the disk image cannot be read: {problem}")
        {
            Where = path,
            Hint = "mend 'base.path'; it is relative to the recipe",
        };
}
