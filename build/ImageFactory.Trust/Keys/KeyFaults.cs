using ImageFactory.Model;

namespace ImageFactory.Trust.Keys;

/// <summary>What can be wrong with a key. IFV101 to IFV199. Nothing of a key or password is ever in a message.</summary>
internal static class KeyFaults
{
    public static Fault Unreadable(string where, string why) =>
        new("IFV101", ExitCode.MissingInput, "the signing key or its password cannot be read") { Where = where, Detail = why, Hint = "name a file that exists and that this user may read" };

    public static Fault NoKey(string where, string found) =>
        new("IFV102", ExitCode.InvalidInput, $"this is no private key that can sign: {found}")
        {
            Where = where,
            Hint = "make one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out sign.key; a key of cosign's own form is made from it by cosign import-key-pair",
        };

    public static Fault NoPassword(string where) =>
        new("IFV103", ExitCode.Configuration, "the signing key has a password, and none is given") { Where = where, Hint = "name a file with it in 'signing.passwordFile'" };

    public static Fault OpenSslRefused(string where, string? said) =>
        new("IFV104", ExitCode.Configuration, "openssl cannot use the signing key")
        {
            Where = where,
            Detail = said,
            Hint = "is the password or PIN right? A token needs libp11's engine (libengine-pkcs11-openssl), its module in PKCS11_MODULE_PATH, and a key on P-256",
        };

    public static Fault BadPublicKey(string where, string why) =>
        new("IFV106", ExitCode.InvalidInput, $"this is no public key that signatures can be checked with: {why}")
        {
            Where = where,
            Hint = "give PEM as openssl pkey -pubout writes it, of ECDSA on P-256 or of Ed25519",
        };
}
