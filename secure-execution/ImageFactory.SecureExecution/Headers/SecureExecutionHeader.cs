using System.Buffers.Binary;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.Headers;

/// <summary>The SE header: keys, digests and flags that the Ultravisor reads. Parsed from bytes and immutable.</summary>
/// <remarks>
/// All numbers are big-endian; n is the number of key slots (SE format, section 2).
/// <code>
/// off      size  name          value
/// 000         8  magic         "IBMSecEx"
/// 008         4  version       0x100
/// 00C         4  sehs          size of the whole header with its tag: 560 + 80n
/// 010        12  iv            AES-GCM IV
/// 01C         4  reserved      0
/// 020         8  nks           n
/// 028         8  sea           128
/// 030         8  nep           pages of all components
/// 038         8  pcf           plaintext control flags
/// 040       160  cust_pub_key  x, y, 80 bytes each
/// 0E0        64  pld           SHA-512 over the components' pages
/// 120        64  ald           SHA-512 over their addresses
/// 160        64  tld           SHA-512 over their tweaks
/// 1A0       80n  key slots
/// 1A0+80n   128  secret part, AES-256-GCM; all before it is the additional data
/// +80h       16  tag           this is se.tag
/// </code>
/// </remarks>
public sealed class SecureExecutionHeader
{
    public const uint SupportedVersion = 0x100;

    /// <summary>What the firmware reads at most; so n is at most <see cref="MaximumKeySlots"/>.</summary>
    public const int MaximumSize = 8192;

    public const int MaximumKeySlots = 95;

    public const int TagSize = 16;

    internal const int IvOffset = 0x010;
    internal const int IvSize = 12;
    internal const int SlotCountOffset = 0x020;
    internal const int SecretSizeOffset = 0x028;
    internal const int PageCountOffset = 0x030;
    internal const int FlagsOffset = 0x038;
    internal const int CustomerKeyOffset = 0x040;
    internal const int PageDigestOffset = 0x0E0;
    internal const int AddressDigestOffset = 0x120;
    internal const int TweakDigestOffset = 0x160;
    internal const int DigestSize = 64;
    internal const int SlotsOffset = 0x1A0;
    internal const int SecretSize = 128;

    /// <summary>Magic, version and size: what must be read before the rest.</summary>
    internal const int PrefixSize = 16;

    private readonly byte[] bytes;

    private SecureExecutionHeader(byte[] bytes, IReadOnlyList<KeySlot> slots)
    {
        this.bytes = bytes;
        KeySlots = slots;
    }

    public static ReadOnlySpan<byte> Magic => "IBMSecEx"u8;

    public int Size => bytes.Length;

    public uint Version => BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(8));

    public ReadOnlySpan<byte> Iv => bytes.AsSpan(IvOffset, IvSize);

    /// <summary>Pages of all components together.</summary>
    public ulong ComponentPages => BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(PageCountOffset));

    public PlaintextFlags Flags => (PlaintextFlags)BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(FlagsOffset));

    /// <summary>x and y of the customer key, 80 bytes each.</summary>
    public ReadOnlySpan<byte> CustomerKey => bytes.AsSpan(CustomerKeyOffset, HostPublicKey.EncodedSize);

    /// <summary>SHA-512 over the stored pages (PLD).</summary>
    public ReadOnlySpan<byte> PageDigest => bytes.AsSpan(PageDigestOffset, DigestSize);

    /// <summary>SHA-512 over the pages' addresses (ALD).</summary>
    public ReadOnlySpan<byte> AddressDigest => bytes.AsSpan(AddressDigestOffset, DigestSize);

    /// <summary>SHA-512 over the pages' tweaks (TLD).</summary>
    public ReadOnlySpan<byte> TweakDigest => bytes.AsSpan(TweakDigestOffset, DigestSize);

    public IReadOnlyList<KeySlot> KeySlots { get; }

    /// <summary>The sealed part: <see cref="HeaderSecrets"/> as AES-256-GCM ciphertext.</summary>
    public ReadOnlySpan<byte> SealedSecrets => bytes.AsSpan(bytes.Length - TagSize - SecretSize, SecretSize);

    public ReadOnlySpan<byte> Tag => bytes.AsSpan(bytes.Length - TagSize);

    /// <summary>The header as it stands in the image; what Trustee calls <c>hdr.bin</c>.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>What the tag protects besides the secrets: all bytes before them.</summary>
    internal ReadOnlySpan<byte> AdditionalData => bytes.AsSpan(0, bytes.Length - TagSize - SecretSize);

    public static int SizeFor(int keySlots) => SlotsOffset + (keySlots * KeySlot.Size) + SecretSize + TagSize;

    /// <summary>Parses exactly one header.</summary>
    /// <param name="where">The file (and offset), for faults.</param>
    /// <exception cref="FactoryException">IFS402 to IFS406: not a header that a machine would take.</exception>
    public static SecureExecutionHeader Parse(ReadOnlySpan<byte> data, string where)
    {
        int size = ReadSize(data, where);
        if (data.Length < size)
            throw new FactoryException(HeaderFaults.Truncated(where, size, data.Length));

        ReadOnlySpan<byte> header = data[..size];
        ulong slotCount = BinaryPrimitives.ReadUInt64BigEndian(header[SlotCountOffset..]);
        if (slotCount is 0 or > MaximumKeySlots || SizeFor((int)slotCount) != size)
            throw new FactoryException(HeaderFaults.SlotsAndSizeDisagree(where, slotCount, size));
        ulong secretSize = BinaryPrimitives.ReadUInt64BigEndian(header[SecretSizeOffset..]);
        if (secretSize != SecretSize)
            throw new FactoryException(HeaderFaults.WrongSecretSize(where, secretSize));

        KeySlot[] slots = new KeySlot[slotCount];
        for (int i = 0; i < slots.Length; i++)
            slots[i] = new KeySlot(header.Slice(SlotsOffset + (i * KeySlot.Size), KeySlot.Size));
        return new SecureExecutionHeader(header.ToArray(), slots);
    }

    /// <summary>Reads the size out of the first 16 bytes, after a check that it is one a header can have.</summary>
    internal static int ReadSize(ReadOnlySpan<byte> prefix, string where)
    {
        if (prefix.Length < PrefixSize || !prefix.StartsWith(Magic))
            throw new FactoryException(HeaderFaults.NoHeader(where));
        uint version = BinaryPrimitives.ReadUInt32BigEndian(prefix[8..]);
        if (version != SupportedVersion)
            throw new FactoryException(HeaderFaults.UnknownVersion(where, version));
        uint size = BinaryPrimitives.ReadUInt32BigEndian(prefix[12..]);
        if (size < SizeFor(1) || size > MaximumSize)
            throw new FactoryException(HeaderFaults.ImpossibleSize(where, size));
        return (int)size;
    }
}
