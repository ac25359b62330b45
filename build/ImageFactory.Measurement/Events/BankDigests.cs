using System.Text;
using System.Text.Json.Serialization;

namespace ImageFactory.Measurement.Events;

/// <summary>The digest of one content, or the value of one register, in each bank; lower-case hex. Null: not computed.</summary>
public sealed record BankDigests(string? Sha256, string? Sha384 = null)
{
    /// <summary>A register before its first event.</summary>
    [JsonIgnore]
    public static BankDigests Zero { get; } = new(new string('0', 64), new string('0', 96));

    /// <exception cref="InvalidOperationException">The bank was not computed.</exception>
    public string this[Bank bank] => Find(bank) ?? throw new InvalidOperationException($"no {bank} digest was computed");

    public static BankDigests Of(ReadOnlySpan<byte> content) =>
        new(Convert.ToHexStringLower(Bank.Sha256.Hash(content)), Convert.ToHexStringLower(Bank.Sha384.Hash(content)));

    /// <summary>Of ASCII text without a terminating NUL.</summary>
    public static BankDigests OfAscii(string text) => Of(Encoding.ASCII.GetBytes(text));

    /// <summary>Of UTF-16LE text with one terminating NUL: what the stub and the kernel hash of strings.</summary>
    public static BankDigests OfUtf16(string text) => Of(Encoding.Unicode.GetBytes(text + '\0'));

    public string? Find(Bank bank) => bank == Bank.Sha256 ? Sha256 : Sha384;

    /// <summary>The register of this value after an event of that digest: <c>H(value || digest)</c>, in the banks that both have.</summary>
    public BankDigests Extend(BankDigests digest) => new(Extend(Bank.Sha256, digest), Extend(Bank.Sha384, digest));

    private string? Extend(Bank bank, BankDigests digest) =>
        Find(bank) is { } value && digest.Find(bank) is { } added
            ? Convert.ToHexStringLower(bank.Hash(Convert.FromHexString(value + added)))
            : null;
}
