using System.Buffers.Binary;
using System.Text;
using ImageFactory.Model;

namespace ImageFactory.Images.Verity;

/// <summary>
/// The parameters of a hash tree, as cryptsetup's on-disk format version 1 keeps them at the start of the hash area; little-endian.
/// <code>
///   0    8  "verity\0\0"
///   8    4  version (1)
///  12    4  hash type (1; 0 is Chrome OS' old form)
///  16   16  UUID, in reading order
///  32   32  hash algorithm, filled with NUL
///  64    4  data block size
///  68    4  hash block size
///  72    8  number of data blocks
///  80    2  salt size
///  82    6  zero
///  88  256  salt, filled with zeros
/// 344  168  zero
/// </code>
/// </summary>
public sealed class VeritySuperblock
{
    internal const int Size = 512;
    internal const int MaximumSalt = 256;

    private const uint Version = 1;
    private const uint HashType = 1;
    private const string Algorithm = "sha256";

    internal VeritySuperblock(Guid uuid, byte[] salt, long dataBlocks)
    {
        Uuid = uuid;
        Salt = salt;
        DataBlocks = dataBlocks;
    }

    public Guid Uuid { get; }

    public byte[] Salt { get; }

    public long DataBlocks { get; }

    public long DataSize => DataBlocks * VerityFormat.BlockSize;

    private static ReadOnlySpan<byte> Signature => "verity\0\0"u8;

    /// <summary>Parses the first 512 bytes of a hash area.</summary>
    /// <exception cref="FactoryException">IFI402: not a superblock, or with parameters that are not in use here.</exception>
    public static VeritySuperblock Parse(ReadOnlySpan<byte> bytes, string where)
    {
        if (bytes.Length < Size || !bytes.StartsWith(Signature))
            throw VerityFaults.NoSuperblock(where).Raise();
        Require(where, "version", Version, BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
        Require(where, "hash type", HashType, BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]));
        string algorithm = Encoding.Latin1.GetString(bytes.Slice(32, 32)).TrimEnd('\0');
        if (algorithm != Algorithm)
            throw VerityFaults.Unsupported(where, "hash algorithm", Algorithm, Printable.Text(algorithm)).Raise();
        Require(where, "data block size", VerityFormat.BlockSize, BinaryPrimitives.ReadUInt32LittleEndian(bytes[64..]));
        Require(where, "hash block size", VerityFormat.BlockSize, BinaryPrimitives.ReadUInt32LittleEndian(bytes[68..]));
        ulong dataBlocks = BinaryPrimitives.ReadUInt64LittleEndian(bytes[72..]);
        if (dataBlocks is 0 or > long.MaxValue / VerityFormat.BlockSize)
            throw VerityFaults.Unsupported(where, "number of data blocks", "1 or more", $"{dataBlocks}").Raise();
        int saltSize = BinaryPrimitives.ReadUInt16LittleEndian(bytes[80..]);
        if (saltSize > MaximumSalt)
            throw VerityFaults.Unsupported(where, "salt size", $"at most {MaximumSalt}", $"{saltSize}").Raise();
        return new VeritySuperblock(new Guid(bytes.Slice(16, 16), bigEndian: true), bytes.Slice(88, saltSize).ToArray(), (long)dataBlocks);
    }

    internal byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Signature.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), HashType);
        Uuid.TryWriteBytes(bytes.AsSpan(16), bigEndian: true, out _);
        Encoding.ASCII.GetBytes(Algorithm, bytes.AsSpan(32));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(64), VerityFormat.BlockSize);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(68), VerityFormat.BlockSize);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(72), DataBlocks);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(80), (ushort)Salt.Length);
        Salt.CopyTo(bytes.AsSpan(88));
        return bytes;
    }

    private static void Require(string where, string what, uint expected, uint found)
    {
        if (found != expected)
            throw VerityFaults.Unsupported(where, what, $"{expected}", $"{found}").Raise();
    }
}
