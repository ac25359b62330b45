using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.Headers;

/// <summary>The secret part of a header, opened with the header key. Disposing of it clears the keys.</summary>
/// <remarks>
/// <code>
/// off  size  name      value (big-endian)
///  00    32  cck       customer communication key
///  20    64  xts       image key: data half, tweak half
///  60     8  psw.mask  0x0000000180000000
///  68     8  psw.addr  address of stage3b
///  70     8  scf       secret control flags
///  78     4  noi       0
///  7C     4  reserved  0
/// </code>
/// SE format, sections 2.1 and 2.2.
/// </remarks>
public sealed class HeaderSecrets : IDisposable
{
    internal const ulong ExpectedPswMask = 0x0000_0001_8000_0000;

    private const int CckOffset = 0x00;
    private const int ImageKeyOffset = 0x20;
    private const int PswMaskOffset = 0x60;
    private const int PswAddressOffset = 0x68;
    private const int FlagsOffset = 0x70;
    private const int ItemCountOffset = 0x78;

    private readonly SecretBytes plain;

    private HeaderSecrets(SecretBytes plain) => this.plain = plain;

    /// <summary>Customer communication key; valid until this object is disposed of.</summary>
    public ReadOnlySpan<byte> Cck => plain.Span.Slice(CckOffset, HeaderKeys.CckSize);

    /// <summary>AES-256-XTS key of the components; valid until this object is disposed of.</summary>
    public ReadOnlySpan<byte> ImageKey => plain.Span.Slice(ImageKeyOffset, HeaderKeys.ImageKeySize);

    public ulong PswMask => BinaryPrimitives.ReadUInt64BigEndian(plain.Span[PswMaskOffset..]);

    public ulong PswAddress => BinaryPrimitives.ReadUInt64BigEndian(plain.Span[PswAddressOffset..]);

    public SecretFlags Flags => (SecretFlags)BinaryPrimitives.ReadUInt64BigEndian(plain.Span[FlagsOffset..]);

    internal ReadOnlySpan<byte> Bytes => plain.Span;

    /// <summary>Verifies the tag and decrypts.</summary>
    /// <exception cref="FactoryException">IFS407: not authentic under this key. IFS408: items that nobody has defined.</exception>
    public static HeaderSecrets Open(SecureExecutionHeader header, SecretBytes headerKey, string where)
    {
        SecretBytes plain = new(SecureExecutionHeader.SecretSize);
        try
        {
            using AesGcm cipher = new(headerKey.Span, SecureExecutionHeader.TagSize);
            cipher.Decrypt(header.Iv, header.SealedSecrets, header.Tag, plain.Span, header.AdditionalData);
            uint items = BinaryPrimitives.ReadUInt32BigEndian(plain.Span[ItemCountOffset..]);
            return items == 0 ? new HeaderSecrets(plain) : throw new FactoryException(HeaderFaults.OptionalItems(where, items));
        }
        catch (AuthenticationTagMismatchException cause)
        {
            plain.Dispose();
            throw new FactoryException(HeaderFaults.WrongHeaderKey(where), cause);
        }
        catch
        {
            plain.Dispose();
            throw;
        }
    }

    public void Dispose() => plain.Dispose();

    internal static HeaderSecrets Create(SecretBytes cck, SecretBytes imageKey, ulong pswAddress, SecretFlags flags)
    {
        SecretBytes plain = new(SecureExecutionHeader.SecretSize);
        cck.Span.CopyTo(plain.Span[CckOffset..]);
        imageKey.Span.CopyTo(plain.Span[ImageKeyOffset..]);
        BinaryPrimitives.WriteUInt64BigEndian(plain.Span[PswMaskOffset..], ExpectedPswMask);
        BinaryPrimitives.WriteUInt64BigEndian(plain.Span[PswAddressOffset..], pswAddress);
        BinaryPrimitives.WriteUInt64BigEndian(plain.Span[FlagsOffset..], (ulong)flags);
        return new HeaderSecrets(plain);
    }
}
