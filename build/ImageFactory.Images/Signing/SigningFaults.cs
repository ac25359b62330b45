using ImageFactory.Model;

namespace ImageFactory.Images.Signing;

/// <summary>No fault here repeats anything of a key.</summary>
internal static class SigningFaults
{
    public static Fault BadCertificate(string file) =>
        new("IFI321", ExitCode.InvalidInput, "no certificate can be read from the file")
        {
            Where = file,
            Hint = "an X.509 certificate in PEM is expected: -----BEGIN CERTIFICATE-----",
        };

    public static Fault BadKey(string file) =>
        new("IFI322", ExitCode.InvalidInput, "no RSA private key can be read from the file")
        {
            Where = file,
            Hint = "an unencrypted RSA key in PEM is expected (PKCS#8 or PKCS#1); UEFI firmware knows no other kind",
        };

    public static Fault KeyMismatch(string keyFile, string certificateFile) =>
        new("IFI323", ExitCode.InvalidInput, $"the private key does not belong to the certificate {certificateFile}")
        {
            Where = keyFile,
            Hint = "check that secureBoot.key and secureBoot.certificate of the recipe are a pair",
        };

    public static Fault AlreadySigned(string file) =>
        new("IFI324", ExitCode.InvalidInput, "the file is signed already")
        {
            Where = file,
            Hint = "sign the unsigned file",
        };

    public static Fault NoCertificateDirectory(string file) =>
        new("IFI325", ExitCode.InvalidInput, "the file has no place for a signature: fewer than five data directories")
        {
            Where = file,
            Hint = "use a stub that was linked as an EFI application",
        };

    public static Fault CannotRead(string file, string reason) =>
        new("IFI326", ExitCode.MissingInput, "the file with the key or certificate cannot be read")
        {
            Where = file,
            Detail = reason,
            Hint = "check the path and its permissions",
        };
}
