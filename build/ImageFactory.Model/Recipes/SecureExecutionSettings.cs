using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ImageFactory.Model.Recipes;

[Description("Which machines may run the image, what proves that they are IBM's, and how root and keys are kept.")]
public sealed record SecureExecutionSettings
{
    [Description("Host key documents, one for each machine that may run the image; '*' and '?' in the last part of a path take all files that match.")]
    public required IReadOnlyList<SourcePath> HostKeys { get; init; }

    [Description("Certificate of the IBM Z host key signing service. Needed unless verify is false.")]
    public SourcePath? SigningKey { get; init; }

    [Description("Certificate of the authority between signing key and root. Needed unless verify is false.")]
    public SourcePath? Intermediate { get; init; }

    [Description("Certificate revocation lists of every authority but the root; '*' and '?' as in hostKeys.")]
    public IReadOnlyList<SourcePath> Crls { get; init; } = [];

    [Description("Own trust anchor. Left out: the root certificates of this host's system.")]
    public SourcePath? RootCa { get; init; }

    [Description("Fetch revocation lists from the addresses that the certificates name. Otherwise nothing is asked of the network.")]
    public bool Online { get; init; }

    [Description("false takes host key documents unverified, for test keys only: whoever can slip one in can read the image. It is warned about in log and manifest.")]
    public bool Verify { get; init; } = true;

    [Description("How the root file system is kept: luks encrypts it, with a key that is only in the encrypted initrd; verity leaves it readable, with its root hash on the encrypted command line.")]
    public SecureRoot Root { get; init; } = SecureRoot.Luks;

    [Description("Folder with stage3a.bin, stage3b_reloc.bin and stage3.bin of s390-tools. Left out: those of Debian's package are unpacked.")]
    public SourcePath? Loaders { get; init; }

    [Description("Customer communication key: a file of 32 bytes. Left out: one is drawn.")]
    public SourcePath? Cck { get; init; }

    [Description("Folder for the owner's keys of each build (LUKS passphrase, CCK, header and image key; mode 0600). Left out: nobody gets them, and they are gone after the build.")]
    public SourcePath? Keys { get; init; }

    [Description("Allow encrypted dumps of the guest; needs cck or allowCckUpdate.")]
    public bool Dump { get; init; }

    [Description("Let the guest use protected keys for DEA, TDEA, AES and ECC.")]
    public bool Pckmo { get; init; } = true;

    [Description("Let the guest use protected keys for HMAC.")]
    public bool PckmoHmac { get; init; }

    [Description("Let machines start the image with their backup host key.")]
    public bool BackupKeys { get; init; }

    [Description("Add-secret requests must carry an extension secret made from the CCK; needs cck.")]
    public bool CckExtensionSecret { get; init; }

    [Description("Let the guest change its CCK (IBM z17 and later).")]
    public bool AllowCckUpdate { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<SecureRoot>))]
public enum SecureRoot
{
    [JsonStringEnumMemberName("luks")]
    Luks,

    [JsonStringEnumMemberName("verity")]
    Verity,
}
