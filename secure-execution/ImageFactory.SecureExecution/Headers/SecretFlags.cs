namespace ImageFactory.SecureExecution.Headers;

/// <summary>Secret control flags, in the encrypted area of a header (SE format, section 4).</summary>
[Flags]
public enum SecretFlags : ulong
{
    None = 0,

    /// <summary>Bit 1: requests to add secrets need the extension secret that is derived from the CCK.</summary>
    CckExtensionSecretEnforced = 1UL << (63 - 1),

    /// <summary>Bit 2: the CCK may be updated (z17 and later).</summary>
    CckUpdateAllowed = 1UL << (63 - 2),
}
