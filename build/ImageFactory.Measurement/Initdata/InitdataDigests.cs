using System.Security.Cryptography;

namespace ImageFactory.Measurement.Initdata;

/// <summary>What each kind of confidential VM makes of the digest of a document; lower-case hex.</summary>
public sealed record InitdataDigests
{
    private InitdataDigests(byte[] digest)
    {
        Digest = Convert.ToHexStringLower(digest);
        HostData = Field(digest, 32);
        MrConfigId = Field(digest, 48);
        UserData = Field(digest, 256);

        // The guest gives the first 64 hex digits to tpm2_pcrextend, whatever the algorithm.
        Pcr8 = Convert.ToHexStringLower(SHA256.HashData([.. new byte[32], .. digest.AsSpan(0, 32)]));
    }

    /// <summary>In the document's own algorithm.</summary>
    public string Digest { get; }

    /// <summary>SEV-SNP: HOST_DATA, 32 bytes.</summary>
    public string HostData { get; }

    /// <summary>TDX: MRCONFIGID, 48 bytes.</summary>
    public string MrConfigId { get; }

    /// <summary>Machines with a TPM: SHA-256 PCR 8 after the one extension by the guest.</summary>
    public string Pcr8 { get; }

    /// <summary>Secure Execution: user data of an attestation, 256 bytes.</summary>
    public string UserData { get; }

    public static InitdataDigests Of(byte[] digest) => new(digest);

    /// <summary>Cut, or filled with zeros behind, to the size of a field.</summary>
    private static string Field(byte[] digest, int size)
    {
        byte[] field = new byte[size];
        digest.AsSpan(0, Math.Min(size, digest.Length)).CopyTo(field);
        return Convert.ToHexStringLower(field);
    }
}
