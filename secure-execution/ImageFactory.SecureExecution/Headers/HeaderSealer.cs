using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.Headers;

/// <summary>Puts a header together and seals it (layout: <see cref="SecureExecutionHeader"/>).</summary>
internal static class HeaderSealer
{
    public static byte[] Seal(HeaderContent content, HeaderSecrets secrets, SecretBytes headerKey)
    {
        byte[] header = new byte[SecureExecutionHeader.SizeFor(content.KeySlots.Count)];
        Span<byte> span = header;
        SecureExecutionHeader.Magic.CopyTo(span);
        BinaryPrimitives.WriteUInt32BigEndian(span[8..], SecureExecutionHeader.SupportedVersion);
        BinaryPrimitives.WriteUInt32BigEndian(span[12..], (uint)header.Length);
        content.Iv.CopyTo(span[SecureExecutionHeader.IvOffset..]);
        BinaryPrimitives.WriteUInt64BigEndian(span[SecureExecutionHeader.SlotCountOffset..], (ulong)content.KeySlots.Count);
        BinaryPrimitives.WriteUInt64BigEndian(span[SecureExecutionHeader.SecretSizeOffset..], SecureExecutionHeader.SecretSize);
        BinaryPrimitives.WriteUInt64BigEndian(span[SecureExecutionHeader.PageCountOffset..], content.Digests.Pages);
        BinaryPrimitives.WriteUInt64BigEndian(span[SecureExecutionHeader.FlagsOffset..], (ulong)content.Flags);
        content.CustomerKey.CopyTo(span[SecureExecutionHeader.CustomerKeyOffset..]);
        content.Digests.PageContents.CopyTo(span[SecureExecutionHeader.PageDigestOffset..]);
        content.Digests.Addresses.CopyTo(span[SecureExecutionHeader.AddressDigestOffset..]);
        content.Digests.Tweaks.CopyTo(span[SecureExecutionHeader.TweakDigestOffset..]);
        for (int i = 0; i < content.KeySlots.Count; i++)
            content.KeySlots[i].Bytes.CopyTo(span[(SecureExecutionHeader.SlotsOffset + (i * KeySlot.Size))..]);

        int secretOffset = header.Length - SecureExecutionHeader.TagSize - SecureExecutionHeader.SecretSize;
        Span<byte> sealedPart = span.Slice(secretOffset, SecureExecutionHeader.SecretSize);
        using AesGcm cipher = new(headerKey.Span, SecureExecutionHeader.TagSize);
        cipher.Encrypt(content.Iv, secrets.Bytes, sealedPart, span[^SecureExecutionHeader.TagSize..], span[..secretOffset]);
        return header;
    }
}

internal sealed record HeaderContent(
    byte[] Iv,
    PlaintextFlags Flags,
    byte[] CustomerKey,
    ComponentDigests Digests,
    IReadOnlyList<KeySlot> KeySlots);

/// <summary>The three SHA-512 digests over all pages of all components, and how many pages there are (SE format, section 5.2).</summary>
internal sealed record ComponentDigests(ulong Pages, byte[] PageContents, byte[] Addresses, byte[] Tweaks);
