using System.Buffers.Binary;
using System.Text;

namespace ImageFactory.Images.Ext4;

/// <summary>
/// Extended attributes (Linux: Documentation/filesystems/ext4/attributes.rst), behind the fields of an inode and in a block of its own. Each area begins with a number; entries have the
/// length of the name (1 byte), its name space (1), the place of the value (2), the inode with the value or 0 (4), the value's size (4), a hash (4) and the name, filled up to four bytes;
/// four zeros end them.
/// </summary>
internal sealed class Ext4Attributes(Ext4Volume volume)
{
    private const uint Magic = 0xea020000;
    private const int EntrySize = 16;
    private const int BlockHeader = 32;
    private const int LargestValue = 64 << 10;

    /// <summary>Name spaces by number (fs/ext4/xattr.h).</summary>
    private static readonly string[] Spaces = ["", "user.", "system.posix_acl_access", "system.posix_acl_default", "trusted.", "lustre.", "security.", "system.", "system.richacl"];

    /// <exception cref="ImageFactory.Model.FactoryException">IFI513: they are damaged.</exception>
    public Dictionary<string, byte[]> Of(Ext4Inode inode)
    {
        Dictionary<string, byte[]> found = new(StringComparer.Ordinal);
        if (inode.Rest.Length > 4 && BinaryPrimitives.ReadUInt32LittleEndian(inode.Rest) == Magic)
            Read(found, inode.Rest[4..], 0, inode.Offset);
        if (inode.AttributeBlock == 0)
            return found;
        byte[] block = volume.Block(inode.AttributeBlock);
        long place = inode.AttributeBlock * volume.BlockSize;
        if (BinaryPrimitives.ReadUInt32LittleEndian(block) != Magic)
            throw volume.Malformed(place, "a block of attributes does not begin as it must");
        Read(found, block, BlockHeader, place);
        return found;
    }

    private void Read(Dictionary<string, byte[]> found, byte[] area, int at, long place)
    {
        while (at + 4 <= area.Length && BinaryPrimitives.ReadUInt32LittleEndian(area.AsSpan(at)) != 0)
        {
            if (at + EntrySize > area.Length || at + EntrySize + area[at] > area.Length)
                throw volume.Malformed(place, "an attribute leads out of its place");
            int space = area[at + 1];
            if (space >= Spaces.Length)
                throw volume.Malformed(place, $"an attribute of name space {space}");
            string name = Spaces[space] + Encoding.UTF8.GetString(area, at + EntrySize, area[at]);
            byte[] value = Value(area, at, place);
            found[name] = space is 2 or 3 ? Acl(value, place) : value;
            at += (EntrySize + area[at] + 3) & ~3;
        }
    }

    private byte[] Value(byte[] area, int at, long place)
    {
        int start = BinaryPrimitives.ReadUInt16LittleEndian(area.AsSpan(at + 2));
        uint elsewhere = BinaryPrimitives.ReadUInt32LittleEndian(area.AsSpan(at + 4));
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(area.AsSpan(at + 8));
        if (size > LargestValue || (elsewhere == 0 && start + size > area.Length))
            throw volume.Malformed(place, "the value of an attribute leads out of its place");
        if (elsewhere == 0)
            return area[start..(start + (int)size)];
        Ext4Inode holder = volume.Inode(elsewhere);
        if (holder.Size != size)
            throw volume.Malformed(holder.Offset, "the value of an attribute has another size than its inode");
        byte[] value = new byte[size];
        int filled = 0;
        foreach (long block in new Ext4Blocks(volume, holder).All().TakeWhile(_ => filled < value.Length))
        {
            ReadOnlySpan<byte> bytes = volume.Block(block);
            bytes = bytes[..Math.Min(bytes.Length, value.Length - filled)];
            bytes.CopyTo(value.AsSpan(filled));
            filled += bytes.Length;
        }

        return filled == value.Length ? value : throw volume.Malformed(place, "the value of an attribute ends early");
    }

    /// <summary>
    /// Access lists are kept short: version 1, then tag and rights (2 bytes each), with a number (4) for named users (2) and groups (8) only. Programs see version 2, where each entry has
    /// one (fs/ext4/acl.h, include/uapi/linux/posix_acl_xattr.h).
    /// </summary>
    private byte[] Acl(byte[] kept, long place)
    {
        if (kept.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(kept) != 1)
            throw volume.Malformed(place, "an access list of another version");
        List<byte> seen = [2, 0, 0, 0];
        for (int at = 4; at < kept.Length;)
        {
            int size = kept[at] is 2 or 8 ? 8 : 4;
            if (at + size > kept.Length)
                throw volume.Malformed(place, "an access list ends early");
            seen.AddRange(kept[at..(at + size)]);
            if (size == 4)
                seen.AddRange([0xff, 0xff, 0xff, 0xff]);
            at += size;
        }

        return [.. seen];
    }
}
