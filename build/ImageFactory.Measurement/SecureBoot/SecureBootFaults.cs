using ImageFactory.Model;

namespace ImageFactory.Measurement.SecureBoot;

internal static class SecureBootFaults
{
    public static Fault NotSigned(string image, string path) =>
        new("IFM301", ExitCode.InvalidInput, $"{path} is not signed; a machine with Secure Boot does not start it")
        {
            Where = image,
            Hint = "sign the image (secureBoot: in the recipe), or set measurements.secureBoot: off",
        };

    public static Fault NotAccepted(string image, string path) =>
        new("IFM302", ExitCode.InvalidInput, $"no certificate of db accepts {path}; a machine with these keys does not start it")
        {
            Where = image,
            Hint = "put the certificate of its signer, or of that one's issuer, into measurements.secureBootKeys.db",
        };

    public static Fault BadSignature(string image, string path, string why) =>
        new("IFM303", ExitCode.InvalidInput, $"the signature of {path} cannot be read")
        {
            Where = image,
            Detail = why,
            Hint = "sign the program anew",
        };

    public static Fault NotACertificate(string file, string why) =>
        new("IFM305", ExitCode.InvalidInput, "this is no X.509 certificate")
        {
            Where = file,
            Detail = why,
            Hint = "name a certificate in PEM or DER",
        };

    public static Fault PassedCommandLine(string image, string line) =>
        new Fault("IFM304", ExitCode.InvalidInput, $"the boot option passes the command line '{line}', which replaces the UKI's own where Secure Boot is off")
        {
            Where = image,
            Hint = "PCR 12 and 9 show it, PCR 4 and 11 do not; leave the options out of BOOTX64.CSV",
        }.AsWarning();
}
