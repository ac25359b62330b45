using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace ImageFactory.Registry.References;

/// <summary>The digest of a manifest or blob: <c>sha256:</c> and 64, or <c>sha512:</c> and 128 lower-case hex digits.</summary>
public readonly record struct ContentDigest
{
    private ContentDigest(string algorithm, string encoded)
    {
        Algorithm = algorithm;
        Encoded = encoded;
    }

    public string Algorithm { get; }

    /// <summary>The hex digits.</summary>
    public string Encoded { get; }

    public static ContentDigest Of(ReadOnlySpan<byte> data) => new("sha256", Convert.ToHexStringLower(SHA256.HashData(data)));

    public static bool TryParse(string? text, out ContentDigest digest)
    {
        digest = default;
        int colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon < 0)
            return false;
        string algorithm = text![..colon];
        string encoded = text[(colon + 1)..];
        int length = algorithm switch { "sha256" => 64, "sha512" => 128, _ => 0 };
        if (length == 0 || encoded.Length != length || !encoded.All(char.IsAsciiHexDigitLower))
            return false;
        digest = new ContentDigest(algorithm, encoded);
        return true;
    }

    /// <exception cref="FormatException">It is no digest of a known algorithm.</exception>
    public static ContentDigest Parse(string text) =>
        TryParse(text, out ContentDigest digest) ? digest : throw new FormatException($"'{text}' is no sha256 or sha512 digest");

    public bool Matches(ReadOnlySpan<byte> data)
    {
        using IncrementalHash hash = CreateHash();
        hash.AppendData(data);
        return Is(hash.GetHashAndReset());
    }

    /// <summary>A hash of this digest's algorithm.</summary>
    public IncrementalHash CreateHash() => IncrementalHash.CreateHash(Algorithm == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);

    /// <summary>Whether a finished hash says this.</summary>
    public bool Is(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash) == Encoded;

    [SuppressMessage("Design", "CA1305", Justification = "Two texts joined.")]
    public override string ToString() => $"{Algorithm}:{Encoded}";
}
