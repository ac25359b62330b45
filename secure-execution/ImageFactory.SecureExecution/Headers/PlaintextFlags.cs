namespace ImageFactory.SecureExecution.Headers;

/// <summary>Plaintext control flags of a header. Bit numbers of the architecture count from the highest bit (SE format, section 4).</summary>
[Flags]
public enum PlaintextFlags : ulong
{
    None = 0,

    /// <summary>Bit 34: the host may dump the guest (encrypted with a key derived from the CCK).</summary>
    AllowDump = 1UL << (63 - 34),

    /// <summary>Bit 35: the components are stored as they are.</summary>
    NoComponentEncryption = 1UL << (63 - 35),

    /// <summary>Bit 56.</summary>
    PckmoDea = 1UL << (63 - 56),

    /// <summary>Bit 57.</summary>
    PckmoAes = 1UL << (63 - 57),

    /// <summary>Bit 58.</summary>
    PckmoEcc = 1UL << (63 - 58),

    /// <summary>Bit 59.</summary>
    PckmoHmac = 1UL << (63 - 59),

    /// <summary>Bit 62.</summary>
    BackupTargetKeys = 1UL << (63 - 62),

    /// <summary>The three that are on unless turned off.</summary>
    Pckmo = PckmoDea | PckmoAes | PckmoEcc,
}
