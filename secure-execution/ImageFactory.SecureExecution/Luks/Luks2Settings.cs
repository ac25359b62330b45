namespace ImageFactory.SecureExecution.Luks;

/// <summary>How a LUKS2 container is laid out. The defaults are what cryptsetup makes, but for the iterations.</summary>
public sealed record Luks2Settings
{
    /// <summary>Names the device in crypttab; lower case, 36 characters.</summary>
    public required Guid Uuid { get; init; }

    /// <summary>At most 47 ASCII characters; may be empty.</summary>
    public string Label { get; init; } = "";

    /// <summary>Bytes in one XTS unit: 512 or 4096. 4096 is faster in both directions.</summary>
    public int SectorSize { get; init; } = 4096;

    /// <summary>Where the encrypted data begins, a multiple of 4096. 1 MiB works too and leaves room for fewer key slots.</summary>
    public long DataOffset { get; init; } = 16 << 20;

    /// <summary>64 for AES-256-XTS, 32 for AES-128-XTS.</summary>
    public int KeySize { get; init; } = 64;

    /// <summary>
    /// The passphrase is 64 random bytes, so a slow derivation adds no security; 1000 is cryptsetup's own minimum and keeps the unlock fast in every guest.
    /// </summary>
    public int SlotIterations { get; init; } = 1000;

    public int DigestIterations { get; init; } = 1000;
}
