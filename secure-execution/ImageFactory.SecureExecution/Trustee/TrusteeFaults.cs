using ImageFactory.Model;

namespace ImageFactory.SecureExecution.Trustee;

/// <summary>Faults about what Trustee is given (IFS601 to IFS619).</summary>
internal static class TrusteeFaults
{
    public static Fault NoSlotFor(string phkh) => new("IFS601", ExitCode.InvalidInput, $"the image has no key slot for the host key {phkh}")
    {
        Where = phkh,
        Hint = "give the HKD of a machine that the image was built for, or build it for this one too",
    };

    public static Fault Exists(string path) => new("IFS602", ExitCode.CannotWrite, "the output exists already")
    {
        Where = path,
        Hint = "remove it or choose another name: a bundle is made anew for each image",
    };

    public static Fault CannotWrite(string path, Exception cause) => new("IFS603", ExitCode.CannotWrite, $"the bundle cannot be written: {cause.Message}")
    {
        Where = path,
        Hint = "check the folder and the space in it",
    };

    public static Fault HkdWithoutSlot(string file, string phkh) => new("IFS604", ExitCode.InvalidInput, $"this machine cannot run the image: it has no key slot for {phkh}")
    {
        Where = file,
        Hint = "leave this HKD out, or build the image for this machine too",
    };

    public static Fault BadKeyPair(string file, Exception cause) => new("IFS605", ExitCode.InvalidInput, $"this is no RSA private key in PEM: {cause.Message}")
    {
        Where = file,
        Hint = "make one with: openssl genrsa 4096; or leave it out, then one is made",
    };

    public static Fault ShortKeyPair(string file, int bits) => new("IFS606", ExitCode.InvalidInput, $"the RSA key has {bits} bits; the verifier's is to have 4096")
    {
        Where = file,
        Hint = "make one with: openssl genrsa 4096; or leave it out, then one is made",
    };

    public static Fault NotVerified() => new Fault("IFS607", ExitCode.Ok, "the bundle is made from host key documents that were not verified; the verifier will verify them unless SE_SKIP_CERTS_VERIFICATION is set")
    {
        Hint = "for anything but development give certificates and CRLs",
    }.AsWarning();
}
