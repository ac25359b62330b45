using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.Headers;

/// <summary>The header key, wrapped for one machine.</summary>
/// <remarks>
/// <code>
/// off  size  field
///  00    32  PHKH: which machine can unwrap
///  20    32  header key, AES-256-GCM
///  40    16  GCM tag
/// </code>
/// The wrapping key is SHA-256(Z ‖ 00000001), Z the x coordinate of the key agreement, 66 bytes. The IV is twelve zero
/// bytes, which is safe only because a customer key is used for one image. SE format, section 3.
/// </remarks>
public sealed class KeySlot
{
    public const int Size = 80;

    private const int WrappedOffset = 0x20;
    private const int TagOffset = 0x40;
    private const int TagSize = Size - TagOffset;
    private const int IvSize = 12;

    private readonly byte[] bytes;

    internal KeySlot(ReadOnlySpan<byte> slot)
    {
        bytes = slot[..Size].ToArray();
        Phkh = new Sha256(slot[..WrappedOffset]);
    }

    public Sha256 Phkh { get; }

    public ReadOnlySpan<byte> WrappedKey => bytes.AsSpan(WrappedOffset, TagOffset - WrappedOffset);

    public ReadOnlySpan<byte> Tag => bytes.AsSpan(TagOffset);

    public ReadOnlySpan<byte> Bytes => bytes;

    internal static KeySlot Wrap(SecretBytes headerKey, ECDiffieHellman customerKey, HostPublicKey host)
    {
        Span<byte> slot = stackalloc byte[Size];
        Convert.FromHexString(host.Phkh.Hex).CopyTo(slot);
        using ECDiffieHellman hostKey = host.ToAgreement();
        using SecretBytes wrappingKey = DeriveWrappingKey(customerKey, hostKey);
        using AesGcm cipher = new(wrappingKey.Span, TagSize);
        cipher.Encrypt(new byte[IvSize], headerKey.Span, slot[WrappedOffset..TagOffset], slot[TagOffset..]);
        return new KeySlot(slot);
    }

    /// <summary>What the machine does with its private key.</summary>
    /// <exception cref="AuthenticationTagMismatchException">The slot, the customer key or the private key is not the right one.</exception>
    internal SecretBytes Unwrap(ECDiffieHellman hostKey, HostPublicKey customer)
    {
        using ECDiffieHellman customerKey = customer.ToAgreement();
        using SecretBytes wrappingKey = DeriveWrappingKey(hostKey, customerKey);
        using AesGcm cipher = new(wrappingKey.Span, TagSize);
        SecretBytes headerKey = new(HeaderKeys.HeaderKeySize);
        try
        {
            cipher.Decrypt(new byte[IvSize], WrappedKey, Tag, headerKey.Span);
            return headerKey;
        }
        catch
        {
            headerKey.Dispose();
            throw;
        }
    }

    private static SecretBytes DeriveWrappingKey(ECDiffieHellman own, ECDiffieHellman other)
    {
        using ECDiffieHellmanPublicKey publicKey = other.PublicKey;
        byte[] derived = own.DeriveKeyFromHash(publicKey, HashAlgorithmName.SHA256, null, [0, 0, 0, 1]);
        try
        {
            return new SecretBytes(derived);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }
}
