using ImageFactory.Model;

namespace ImageFactory.Trust.Verifying;

/// <summary>What verification finds: IFV201 to IFV299 files, 301 to 399 signatures, 401 to 499 provenance.</summary>
internal static class VerifyFaults
{
    private const string Again = "take the files again from where they were published, or build again";

    public static Fault NoManifest(string where) =>
        new("IFV201", ExitCode.MissingInput, "there is no manifest.json, which says what belongs here") { Where = where, Hint = "name the folder that a build left, or an image in it" };

    public static Fault BadManifest(string where, string why) =>
        new("IFV202", ExitCode.InvalidInput, "this is no manifest of the factory") { Where = where, Detail = why, Hint = Again };

    public static Fault Missing(string where, string named) =>
        new("IFV203", ExitCode.MissingInput, $"the file is not there, and {named} names it") { Where = where, Hint = Again };

    public static Fault Differs(string where, Sha256 wanted, Sha256 found) =>
        new("IFV204", ExitCode.InvalidInput, "the file is not the one that was built") { Where = where, Detail = $"the manifest says {wanted}\nthe file has      {found}", Hint = Again };

    public static Fault Swapped(string where, string other) =>
        new("IFV205", ExitCode.InvalidInput, $"the file has the content of {other}") { Where = where, Hint = Again };

    public static Fault WrongSum(string where, string file) =>
        new("IFV206", ExitCode.InvalidInput, $"the digest of {file} is not the one in this list") { Where = where, Hint = $"one of the two was changed after the build; {Again}" };

    public static Fault BadSums(string where, int line) =>
        new("IFV207", ExitCode.InvalidInput, $"line {line} is no digest with a name") { Where = where, Hint = Again };

    public static Fault NotListed(string where, string file) =>
        new("IFV208", ExitCode.InvalidInput, $"the list does not name {file}") { Where = where, Hint = Again };

    public static Fault CannotRead(string where, string why) =>
        new("IFV209", ExitCode.MissingInput, "the file cannot be read") { Where = where, Detail = why, Hint = "let this user read it" };

    public static Fault NoSignature(string where) =>
        new("IFV301", ExitCode.MissingInput, "there is no signature, and a key was given to check it with") { Where = where, Hint = "build with 'signing:' in the recipe, or verify without --key" };

    public static Fault SignatureDoesNotHold(string where, string key) =>
        new("IFV302", ExitCode.InvalidInput, "the signature does not hold: another key made it, or what it covers was changed")
        {
            Where = where,
            Detail = $"checked with {key}",
            Hint = "is this the signer's key? If it is, do not use these files",
        };

    public static Fault BadSignature(string where) =>
        new("IFV303", ExitCode.InvalidInput, "this is no signature: base64 is expected") { Where = where, Hint = Again };

    public static Fault NoProvenance(string where) =>
        new("IFV401", ExitCode.MissingInput, "there is no provenance") { Where = where, Hint = Again };

    public static Fault BadProvenance(string where, string why) =>
        new("IFV402", ExitCode.InvalidInput, "this is no provenance") { Where = where, Detail = why, Hint = Again };

    public static Fault OtherProvenance(string where, string why) =>
        new("IFV403", ExitCode.InvalidInput, $"the provenance is of another build: {why}") { Where = where, Hint = Again };

    public static Fault UnsignedProvenance(string where) =>
        new("IFV404", ExitCode.InvalidInput, "the provenance is not signed, and a key was given to check it with") { Where = where, Hint = "build with 'signing:' in the recipe, or verify without --key" };
}
