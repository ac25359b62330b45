using ImageFactory.Model;

namespace ImageFactory.SecureExecution.Headers;

/// <summary>What the owner of an image allows its host and guest to do. The defaults are pvimg's (SE format, section 4).</summary>
public sealed record ControlFlags
{
    /// <summary>The host may take an encrypted dump. Needs a CCK of the owner or <see cref="CckUpdate"/>: else nobody could read it.</summary>
    public bool Dump { get; init; }

    /// <summary>False leaves the components in plain text: their integrity is still protected, their secrecy is not.</summary>
    public bool ImageEncryption { get; init; } = true;

    /// <summary>PCKMO for DEA, TDEA, AES and ECC keys.</summary>
    public bool Pckmo { get; init; } = true;

    public bool PckmoHmac { get; init; }

    public bool BackupKeys { get; init; }

    /// <summary>Needs a CCK of the owner; excludes <see cref="CckUpdate"/>.</summary>
    public bool CckExtensionSecret { get; init; }

    public bool CckUpdate { get; init; }

    /// <summary>Replaces all plaintext flags; for experiments.</summary>
    public ulong? PlaintextOverride { get; init; }

    /// <summary>Replaces all secret flags; for experiments.</summary>
    public ulong? SecretOverride { get; init; }

    internal PlaintextFlags Plaintext =>
        PlaintextOverride is { } value
            ? (PlaintextFlags)value
            : When(Dump, PlaintextFlags.AllowDump)
              | When(!ImageEncryption, PlaintextFlags.NoComponentEncryption)
              | When(Pckmo, PlaintextFlags.Pckmo)
              | When(PckmoHmac, PlaintextFlags.PckmoHmac)
              | When(BackupKeys, PlaintextFlags.BackupTargetKeys);

    internal SecretFlags Secret =>
        SecretOverride is { } value
            ? (SecretFlags)value
            : (CckExtensionSecret ? SecretFlags.CckExtensionSecretEnforced : SecretFlags.None)
              | (CckUpdate ? SecretFlags.CckUpdateAllowed : SecretFlags.None);

    /// <summary>The rules between flags and keys.</summary>
    public IEnumerable<Fault> Check(bool hasCck, bool hasImageKey)
    {
        if (PlaintextOverride is not null && this with { PlaintextOverride = null, SecretOverride = null, CckExtensionSecret = false, CckUpdate = false } != new ControlFlags())
            yield return FlagFaults.OverrideAndFlags("plaintext");
        if (SecretOverride is not null && (CckExtensionSecret || CckUpdate))
            yield return FlagFaults.OverrideAndFlags("secret");
        if (Dump && !hasCck && !CckUpdate)
            yield return FlagFaults.DumpWithoutCck();
        if (CckExtensionSecret && !hasCck)
            yield return FlagFaults.ExtensionSecretWithoutCck();
        if (CckExtensionSecret && CckUpdate)
            yield return FlagFaults.ExtensionSecretAndUpdate();
        if (!ImageEncryption && hasImageKey)
            yield return FlagFaults.ImageKeyWithoutEncryption();
    }

    private static PlaintextFlags When(bool wanted, PlaintextFlags flags) => wanted ? flags : PlaintextFlags.None;
}
