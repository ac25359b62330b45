using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace ImageFactory.Measurement.Events;

/// <summary>A hash algorithm that measurements are taken with: vTPM claims use SHA-256, TDX registers SHA-384.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Bank>))]
public enum Bank
{
    [JsonStringEnumMemberName("sha256")]
    Sha256,

    [JsonStringEnumMemberName("sha384")]
    Sha384,
}

public static class Banks
{
    public static IReadOnlyList<Bank> All { get; } = [Bank.Sha256, Bank.Sha384];

    /// <summary>Bytes of a digest and of a register.</summary>
    public static int Size(this Bank bank) => bank == Bank.Sha256 ? SHA256.HashSizeInBytes : SHA384.HashSizeInBytes;

    public static HashAlgorithmName Algorithm(this Bank bank) => bank == Bank.Sha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA384;

    public static byte[] Hash(this Bank bank, ReadOnlySpan<byte> data) => bank == Bank.Sha256 ? SHA256.HashData(data) : SHA384.HashData(data);
}
