using System.Security.Cryptography;
using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.EventLogs;

/// <summary>A hash algorithm by its number in the TCG Algorithm Registry, which is also the name of a bank of PCRs.</summary>
public enum TcgAlgorithm : ushort
{
    Sha1 = 0x0004,
    Sha256 = 0x000b,
    Sha384 = 0x000c,
    Sha512 = 0x000d,
}

public static class TcgAlgorithms
{
    public static TcgAlgorithm Of(Bank bank) => bank == Bank.Sha256 ? TcgAlgorithm.Sha256 : TcgAlgorithm.Sha384;

    /// <summary>The size of a digest in bytes; null for an algorithm that is not computed here (its digests are carried, not checked).</summary>
    public static int? SizeOf(TcgAlgorithm algorithm) => algorithm switch
    {
        TcgAlgorithm.Sha1 => 20,
        TcgAlgorithm.Sha256 => 32,
        TcgAlgorithm.Sha384 => 48,
        TcgAlgorithm.Sha512 => 64,
        _ => null,
    };

    /// <summary><c>H(register ‖ digest)</c>, what every extend of a PCR does.</summary>
    public static byte[] Extend(TcgAlgorithm bank, ReadOnlySpan<byte> register, ReadOnlySpan<byte> digest)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(NameOf(bank));
        hash.AppendData(register);
        hash.AppendData(digest);
        return hash.GetHashAndReset();
    }

    internal static HashAlgorithmName NameOf(TcgAlgorithm algorithm) => algorithm switch
    {
        TcgAlgorithm.Sha1 => HashAlgorithmName.SHA1,
        TcgAlgorithm.Sha256 => HashAlgorithmName.SHA256,
        TcgAlgorithm.Sha384 => HashAlgorithmName.SHA384,
        TcgAlgorithm.Sha512 => HashAlgorithmName.SHA512,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "not computed here"),
    };
}
