using static ImageFactory.Build.CommandLine.Options;
using static ImageFactory.Build.CommandLine.SecureExecutionOptions;

namespace ImageFactory.Build.CommandLine;

/// <summary>What can be done with host keys and images of IBM Secure Execution. An image is a file of its own, or lies on a raw or qcow2 disk.</summary>
internal static class SecureExecutionVerbs
{
    private static readonly Option[] Verification = [Cert, Crl, RootCa, SecureExecutionOptions.Online, SecureExecutionOptions.Offline, NoVerify];

    public static Verb HkdCheck { get; } = new("hkd check", "verify host key documents of Secure Execution")
    {
        Operands = [new("file") { Many = true }],
        Options = [.. Verification, Json],
        Examples =
        [
            "hkd check hkd/HKD-3931-0275D38.crt --cert ibm.crt,ca.crt --online",
            "hkd check a.crt b.crt -C ibm.crt,ca.crt --crl ibm.crl,ca.crl --json",
        ],
    };

    public static Verb Info { get; } = new("se info", "show the header of a Secure Execution image")
    {
        Operands = [new("image")],
        Options = [OwnerHeaderKey, ShowSecrets, Full, Json],
        Examples = ["se info podvm.qcow2", "se info se.img --hdr-key hdr.key --full", "se info hdr.bin --json"],
    };

    public static Verb Verify { get; } = new("se verify", "unpack a Secure Execution image as a machine would, and compare")
    {
        Operands = [new("image")],
        Options = [OwnerHeaderKey, HostKey, OwnerImageKey, Kernel, Ramdisk, Parmfile, Loaders, Json],
        Examples = ["se verify podvm.qcow2 --hdr-key hdr.key", "se verify se.img --hdr-key hdr.key -i vmlinuz -r initrd -p cmdline"],
    };

    public static Verb RefValues { get; } = new("se refvalues", "give the reference values that Trustee wants of an image")
    {
        Operands = [new("image")],
        Options = [Form, SecureExecutionOptions.Trustee, Machine, Expires, Json],
        Examples = ["se refvalues podvm.qcow2", "se refvalues se.img --form rvps", "se refvalues se.img --form policy --trustee flat"],
    };

    public static Verb Create { get; } = new("se create", "make a Secure Execution image; options as those of pvimg")
    {
        Options =
        [
            Kernel, Ramdisk, Parmfile, Image, HostKeyDocument, .. Verification, Cck, HeaderKey, ImageKey, SaveCck, SaveHeaderKey, SaveImageKey,
            NoComponentCheck, Overwrite, .. Flags, Loaders, Psw, SecureExecutionOptions.PlaintextFlags, SecureExecutionOptions.SecretFlags, Json,
        ],
        Examples =
        [
            "se create -i vmlinuz -o se.img -k a.crt -C ibm.crt,ca.crt --online",
            "se create -i vmlinuz -r initrd -o se.img -k a.crt --no-verify",
        ],
    };

    public static Verb TrusteeBundle { get; } = new("se trustee-bundle", "make the folder that Trustee's verifier of Secure Execution reads")
    {
        Operands = [new("image")],
        Options = [HostKeyDocument, .. Verification, RsaKey, BundleFolder, Archive, Json],
        Required = [HostKeyDocument, BundleFolder],
        Examples = ["se trustee-bundle se.img -k a.crt -C ibm.crt,ca.crt --online -o se"],
    };

    public static IReadOnlyList<Verb> All { get; } = [HkdCheck, Create, Info, Verify, RefValues, TrusteeBundle];
}
