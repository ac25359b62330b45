using System.ComponentModel;

namespace ImageFactory.Model.Recipes;

[Description("The private key that vouches for what a build leaves: exactly one of key and token.")]
public sealed record SigningSettings
{
    [Description("Private key, PEM: ECDSA on P-256 or Ed25519; may have a password.")]
    public SourcePath? Key { get; init; }

    [Description("A key that stays in its PKCS#11 token (ECDSA on P-256), as a URI: pkcs11:token=NAME;object=KEY;type=private. Without the PIN.")]
    public string? Token { get; init; }

    [Description("File whose first line is the password of the key or the PIN of the token.")]
    public SourcePath? PasswordFile { get; init; }
}
