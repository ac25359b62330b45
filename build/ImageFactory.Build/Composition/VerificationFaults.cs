using ImageFactory.Model;

namespace ImageFactory.Build.Composition;

/// <summary>What verification finds beyond files: IFV501 to IFV599 content of the image, 601 to 699 registries and what was asked.</summary>
internal static class VerificationFaults
{
    public static Fault OtherMeasurements(string where, IEnumerable<string> registers) =>
        new("IFV501", ExitCode.InvalidInput, $"the image gives other values than stated in {string.Join(", ", registers)}")
        {
            Where = where,
            Hint = "do not register these values: measurements and image are not of one build",
        };

    public static Fault OtherHeader(string where, string stated, string found) =>
        new("IFV502", ExitCode.InvalidInput, "the Secure Execution image is not the one that the manifest names")
        {
            Where = where,
            Detail = $"the manifest says tag {stated}\nthe image has       {found}",
            Hint = "take the files again from where they were published, or build again",
        };

    public static Fault BadStatedMeasurements(string where, string why) =>
        new("IFV503", ExitCode.InvalidInput, "the file holds no measurements of this factory") { Where = where, Detail = why, Hint = "take the files again from where they were published, or build again" };

    public static Fault NoSuchThing(string subject) =>
        new("IFV601", ExitCode.MissingInput, "there is no such folder or file, and it is no name of an image in a registry")
        {
            Where = subject,
            Hint = "name the folder that a build left, an image file in it, or HOST/REPOSITORY:TAG or @DIGEST",
        };

    public static Fault NotOfThisManifest(string image, string manifest) =>
        new("IFV602", ExitCode.InvalidInput, $"the manifest beside it names no file of this name") { Where = image, Detail = manifest, Hint = "name an image in the folder that its build left" };

    public static Fault NoImage(string reference) =>
        new("IFV603", ExitCode.MissingInput, "there is no such image in the registry") { Where = reference, Hint = "is the name right, and was it published?" };

    public static Fault NoneHolds(string where, string what, IEnumerable<string> reasons) =>
        new("IFV604", ExitCode.InvalidInput, $"no {what} of this image holds")
        {
            Where = where,
            Detail = string.Join('\n', reasons.DefaultIfEmpty("there is none")),
            Hint = "is this the signer's key? An image that was pushed without 'signing:' in its recipe has none",
        };

    public static Fault NotVouchedFor(string where, string file) =>
        new("IFV605", ExitCode.InvalidInput, $"the signed provenance does not speak of {file}") { Where = where, Hint = "somebody else attached it, or changed it: do not use it" };

    public static Fault NoDisk(string where) =>
        new("IFV606", ExitCode.InvalidInput, "the image holds no disk where this factory puts it") { Where = where, Hint = "name an image that kind oci-image or oci-artifact pushed" };
}
