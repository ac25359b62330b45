using System.Security.Cryptography;
using ImageFactory.Model;

namespace ImageFactory.SecureExecution.Cryptography;

/// <summary>The EC P-521 public key of a machine, or of an image (the customer key), in the form the header has it.</summary>
/// <remarks>
/// <code>
/// off  size  field
///   0    80  x, big-endian, padded with zeros on the left
///  80    80  y, likewise
/// </code>
/// SE format, section 3. The PHKH is the SHA-256 of these 160 bytes.
/// </remarks>
internal sealed class HostPublicKey
{
    public const int EncodedSize = 160;

    private const int CoordinateSize = 80;

    /// <summary>521 bits in whole bytes.</summary>
    private const int SignificantSize = 66;

    private readonly ECPoint point;

    /// <exception cref="CryptographicException">The point is not on P-521.</exception>
    public HostPublicKey(ECPoint point)
    {
        using ECDiffieHellman check = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP521, Q = point });
        this.point = check.ExportParameters(false).Q;
        Encoded = Encode(this.point);
        Phkh = Sha256.Of(Encoded);
    }

    /// <summary>Public key hash: the name of the key in a key slot.</summary>
    public Sha256 Phkh { get; }

    public byte[] Encoded { get; }

    public static byte[] Encode(ECPoint point)
    {
        byte[] encoded = new byte[EncodedSize];
        PadLeft(point.X!, encoded.AsSpan(0, CoordinateSize));
        PadLeft(point.Y!, encoded.AsSpan(CoordinateSize));
        return encoded;
    }

    /// <exception cref="CryptographicException">The bytes are not a padded point of P-521.</exception>
    public static HostPublicKey Decode(ReadOnlySpan<byte> encoded)
    {
        ReadOnlySpan<byte> x = encoded[..CoordinateSize];
        ReadOnlySpan<byte> y = encoded[CoordinateSize..EncodedSize];
        int padding = CoordinateSize - SignificantSize;
        if (x[..padding].ContainsAnyExcept((byte)0) || y[..padding].ContainsAnyExcept((byte)0))
            throw new CryptographicException("a coordinate is longer than 521 bits");
        return new HostPublicKey(new ECPoint { X = x[padding..].ToArray(), Y = y[padding..].ToArray() });
    }

    /// <summary>The key as the base library wants it for a key agreement. The caller disposes of it.</summary>
    public ECDiffieHellman ToAgreement() => ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP521, Q = point });

    private static void PadLeft(ReadOnlySpan<byte> value, Span<byte> target) => value.CopyTo(target[(target.Length - value.Length)..]);
}
