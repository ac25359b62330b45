using ImageFactory.Model;

namespace ImageFactory.Measurement.Verity;

internal static class VerityFaults
{
    public static Fault NoRootHash(string image) => Refused("IFM201", image,
        "no root hash is on the measured command line: any root file system boots with the same PCR 4 and 11",
        "build with disk.integrity: verity; reference values of this image would vouch for nothing");

    public static Fault SeveralRootHashes(string image, IEnumerable<string> hashes) =>
        Refused("IFM202", image, $"the command line names several root hashes: {string.Join(", ", hashes)}", "leave one, in .cmdline or in one addon");

    public static Fault NotSha256(string image, string text) =>
        Refused("IFM203", image, $"the root hash '{text}' is not 64 hex digits", "a SHA-256 tree is expected, as veritysetup makes it by default");

    public static Fault NoPartition(string image, string what, Guid id) =>
        Refused("IFM204", image, $"no partition has the PARTUUID {id}, by which systemd finds the {what} of this root hash", "the image would not boot; build it anew");

    public static Fault Mismatch(string image, string what, Sha256 expected, Sha256? found) =>
        Refused("IFM205", image, $"{what} to another root hash than the command line names: {found?.Hex ?? "none"} instead of {expected}", "the image was changed after it was made, or is damaged; it would not boot");

    private static Fault Refused(string code, string image, string message, string hint) => new(code, ExitCode.InvalidInput, message) { Where = image, Hint = hint };
}
