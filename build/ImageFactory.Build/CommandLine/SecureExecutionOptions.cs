using System.Globalization;

namespace ImageFactory.Build.CommandLine;

/// <summary>
/// Options of the verbs about Secure Execution. Where they mean what an option of IBM's pvimg means they have its names.
/// </summary>
internal static class SecureExecutionOptions
{
    /// <summary>What <c>se refvalues --form</c> takes, with what each is for.</summary>
    public static readonly IReadOnlyList<string> Forms = ["lines", "sample", "rvps", "configmap", "configmap-encoded", "fragment", "policy"];

    public static Option HostKeyDocument { get; } = new("--host-key-document", "FILE", "a host key document (HKD); may be repeated") { Aliases = ["-k"], Repeatable = true };

    public static Option Machine { get; } = new("--host-key-document", "FILE", "only the values for the machine of this HKD; may be repeated") { Aliases = ["-k"], Repeatable = true };

    public static Option Cert { get; } = new("--cert", "FILE", "IBM's signing key or an intermediate certificate; may be repeated") { Aliases = ["-C", "--crt"], Repeatable = true };

    public static Option Crl { get; } = new("--crl", "FILE", "a certificate revocation list; may be repeated") { Repeatable = true };

    public static Option RootCa { get; } = new("--root-ca", "FILE", "the root certificate; the system's when left out");

    public static Option NoVerify { get; } = new("--no-verify", null, "do not verify the HKDs: for test keys only");

    public static Option Offline { get; } = new("--offline", null, "fetch no revocation lists; this is so anyway, unless --online is given");

    public static Option Online { get; } = new("--online", null, "fetch revocation lists from where the certificates say");

    public static Option Kernel { get; } = new("--kernel", "FILE", "the raw s390x kernel") { Aliases = ["-i", "--image"] };

    public static Option Ramdisk { get; } = new("--ramdisk", "FILE", "the initrd") { Aliases = ["-r"] };

    public static Option Parmfile { get; } = new("--parmfile", "FILE", "the file with the kernel command line") { Aliases = ["-p"] };

    public static Option Image { get; } = new("--output", "FILE", "the image to write") { Aliases = ["-o"] };

    public static Option Cck { get; } = new("--cck", "FILE", "the customer communication key, 32 raw bytes; drawn when left out") { Aliases = ["--comm-key"] };

    public static Option HeaderKey { get; } = new("--hdr-key", "FILE", "the key that seals the header, 32 raw bytes; drawn when left out") { Aliases = ["--x-header-key"] };

    public static Option ImageKey { get; } = new("--image-key", "FILE", "the key of the components, 64 raw bytes; drawn when left out") { Aliases = ["--x-comp-key"] };

    public static Option SaveCck { get; } = new("--save-cck", "FILE", "write the customer communication key to a new file, mode 0600");

    public static Option SaveHeaderKey { get; } = new("--save-hdr-key", "FILE", "write the header key to a new file, mode 0600: 'se verify' wants it");

    public static Option SaveImageKey { get; } = new("--save-image-key", "FILE", "write the image key to a new file, mode 0600");

    public static Option NoComponentCheck { get; } = new("--no-component-check", null, "do not look whether kernel and command line fit");

    public static Option Overwrite { get; } = new("--overwrite", null, "replace an image of that name");

    public static Option Loaders { get; } = new("--x-bootloader-directory", "FOLDER", "folder of stage3a.bin and stage3b_reloc.bin; that of s390-tools when left out");

    public static Option Psw { get; } = new("--x-psw", "HEX", "start at this address instead of at the loader");

    public static Option PlaintextFlags { get; } = new("--x-pcf", "HEX", "all plaintext control flags at once");

    public static Option SecretFlags { get; } = new("--x-scf", "HEX", "all secret control flags at once");

    public static IReadOnlyList<Option> Flags { get; } =
    [
        .. Flag("dump", "dumps of the guest; enabling needs a CCK"),
        .. Flag("image-encryption", "encryption of the components"),
        .. Flag("pckmo", "PCKMO for DEA, TDEA, AES and ECC keys"),
        .. Flag("pckmo-hmac", "PCKMO for HMAC keys"),
        .. Flag("backup-keys", "backup host keys"),
        .. Flag("cck-extension-secret", "that secrets need the CCK; enabling needs --cck"),
        .. Flag("cck-update", "updates of the CCK; z17 and later"),
    ];

    public static Option OwnerHeaderKey { get; } = new("--hdr-key", "FILE", "the key that seals the header, 32 raw bytes") { Aliases = ["--x-header-key"] };

    public static Option OwnerImageKey { get; } = new("--image-key", "FILE", "compare with this key of the components, 64 raw bytes") { Aliases = ["--x-comp-key"] };

    public static Option HostKey { get; } = new("--host-key", "FILE", "instead of --hdr-key: a machine's private key in PEM; only test machines have one to give");

    public static Option ShowSecrets { get; } = new("--show-secrets", null, "also the flags in the sealed part, and with --json its keys; needs --hdr-key");

    public static Option Full { get; } = new("--full", null, "also sizes, digests and the sealed part");

    public static Option Form { get; } = new("--form", "FORM", "lines, sample, rvps, configmap, configmap-encoded, fragment or policy; lines when left out")
    {
        Choices = Forms,
    };

    public static Option Trustee { get; } = new("--trustee", "GENERATION", "for --form policy: current, or flat for a Trustee from before October 2025; current when left out")
    {
        Choices = ["current", "flat"],
    };

    public static Option Expires { get; } = new("--expires", "DATE", "for the forms of a ConfigMap; a year from today when left out")
    {
        Check = value => TryDate(value, out _) ? null : "a date such as 2027-12-31",
    };

    public static Option RsaKey { get; } = new("--rsa-key", "FILE", "the verifier's RSA key in PEM, 4096 bits; made when left out");

    public static Option BundleFolder { get; } = new("--output", "FOLDER", "the folder to make; must not exist") { Aliases = ["-o"] };

    public static Option Archive { get; } = new("--archive", "FILE", "also an archive of it, such as ibmse.tar.gz; must not exist");

    public static bool TryDate(string value, out DateTimeOffset date) =>
        DateTimeOffset.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date);

    private static Option[] Flag(string name, string what) =>
        [new("--enable-" + name, null, "allow " + what), new("--disable-" + name, null, "do not allow " + what)];
}
