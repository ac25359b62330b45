using System.Buffers.Binary;
using System.Text;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Images.Erofs;

/// <summary>
/// Reads names, modes, owners and extended attributes out of an erofs (Linux: Documentation/filesystems/erofs.rst, fs/erofs/erofs_fs.h), which its tools only give to root.
/// Contents of files are theirs to read.
/// </summary>
public sealed class ErofsMetadata
{
    private const int SuperOffset = 1024;
    private const int SuperSize = 128;
    private const uint Magic = 0xe0f5e1e2;
    private const int EntrySize = 12;

    /// <summary>Features that change neither inodes nor folders: compression, chunks, devices, tails, fragments.</summary>
    private const uint KnownFeatures = 0x3f;

    /// <summary>More names than any root has; a bound for damaged images.</summary>
    private const int MostEntries = 4_000_000;

    private const int LargestFolder = 256 << 20;
    private const int LongestPath = 4096;

    /// <summary>Name spaces of attributes by number (xattr.h of the kernel's erofs).</summary>
    private static readonly string[] Spaces = ["", "user.", "system.posix_acl_access", "system.posix_acl_default", "trusted.", "lustre.", "security."];

    private readonly IExtentSource file;
    private readonly int blockSize;
    private readonly long inodes;
    private readonly long sharedXattrs;
    private readonly uint root;

    private ErofsMetadata(IExtentSource file)
    {
        this.file = file;
        byte[] super = Bytes(SuperOffset, SuperSize);
        if (BinaryPrimitives.ReadUInt32LittleEndian(super) != Magic)
            throw Malformed(SuperOffset, "it does not begin as it must");
        uint features = BinaryPrimitives.ReadUInt32LittleEndian(super.AsSpan(80));
        if ((features & ~KnownFeatures) != 0)
            throw ErofsFaults.Unknown(file.Name, features & ~KnownFeatures).Raise();
        if (super[12] is < 9 or > 16 || super[90] != 0)
            throw Malformed(SuperOffset + 12, $"blocks of 2^{super[12]} bytes");
        blockSize = 1 << super[12];
        root = BinaryPrimitives.ReadUInt16LittleEndian(super.AsSpan(14));
        inodes = BinaryPrimitives.ReadUInt32LittleEndian(super.AsSpan(40)) * (long)blockSize;
        sharedXattrs = BinaryPrimitives.ReadUInt32LittleEndian(super.AsSpan(44)) * (long)blockSize;
    }

    /// <summary>Everything in it, folders before what is in them.</summary>
    /// <exception cref="FactoryException">IFI511: it is damaged. IFI512: it has features that are not known.</exception>
    public static IEnumerable<FileSystemEntry> Walk(IExtentSource file) => new ErofsMetadata(file).Walk();

    private IEnumerable<FileSystemEntry> Walk()
    {
        HashSet<ulong> folders = [];
        Stack<(string Path, ulong Number)> pending = new();
        pending.Push(("/", root));
        for (int count = 0; pending.TryPop(out (string Path, ulong Number) next); count++)
        {
            if (count + pending.Count > MostEntries)
                throw Malformed(inodes, $"more than {MostEntries} names");
            ErofsInode inode = Inode(next.Number);
            yield return new FileSystemEntry(next.Path, inode.Mode, inode.Uid, inode.Gid, Xattrs(inode));
            if (!inode.IsFolder)
                continue;
            if (!folders.Add(next.Number))
                throw Malformed(inode.End, $"the folder {next.Path} is in itself, or in two places");
            string prefix = next.Path == "/" ? "/" : next.Path + "/";
            foreach ((string name, ulong number) in Names(inode))
                pending.Push((prefix.Length + name.Length <= LongestPath ? prefix + name : throw Malformed(inode.End, "a path has no end"), number));
        }
    }

    private ErofsInode Inode(ulong number)
    {
        if (number > (ulong)file.Length / 32)
            throw Malformed(inodes, $"inode {number} is not in it");
        long offset = inodes + ((long)number * 32);
        byte[] bytes = new byte[ErofsInode.LargestSize];
        Bytes(offset, (int)Math.Clamp(file.Length - offset, ErofsInode.LargestSize / 2, ErofsInode.LargestSize)).CopyTo(bytes, 0);
        return ErofsInode.Parse(bytes, offset);
    }

    /// <summary>Each block of a folder has entries (inode, place of the name, type), then their names without ends.</summary>
    private List<(string Name, ulong Number)> Names(ErofsInode inode)
    {
        if (inode.Size is < 0 or > LargestFolder || !(inode.DataPlain || inode.DataInline))
            throw Malformed(inode.End, $"a folder of {inode.Size} bytes");
        List<(string, ulong)> names = [];
        for (long at = 0; at < inode.Size; at += blockSize)
        {
            int size = (int)Math.Min(blockSize, inode.Size - at);
            bool behind = inode.DataInline && at + blockSize >= inode.Size;
            long place = behind ? inode.End + inode.XattrSize : (inode.FirstBlock * blockSize) + at;
            byte[] block = Bytes(place, size);
            int first = size < EntrySize ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(block.AsSpan(8));
            if (first < EntrySize || first > size || first % EntrySize != 0)
                throw Malformed(place, "a folder's names are not where they must be");
            for (int entry = 0; entry < first; entry += EntrySize)
            {
                int start = BinaryPrimitives.ReadUInt16LittleEndian(block.AsSpan(entry + 8));
                int end = entry + EntrySize < first ? BinaryPrimitives.ReadUInt16LittleEndian(block.AsSpan(entry + EntrySize + 8)) : size;
                if (start < first || start > end || end > size)
                    throw Malformed(place + entry, "a name leads out of its block");
                string name = Encoding.UTF8.GetString(block.AsSpan(start, end - start)).Split('\0')[0];
                if (name is not ("." or ".."))
                    names.Add((name, BinaryPrimitives.ReadUInt64LittleEndian(block.AsSpan(entry))));
            }
        }

        return names;
    }

    /// <summary>Behind the inode: 12 bytes with the number of shared ones, their places (4 bytes each), then its own.</summary>
    private Dictionary<string, byte[]> Xattrs(ErofsInode inode)
    {
        Dictionary<string, byte[]> found = new(StringComparer.Ordinal);
        if (inode.XattrSize == 0)
            return found;
        byte[] area = Bytes(inode.End, inode.XattrSize);
        int own = 12 + (4 * area[4]);
        if (own > area.Length)
            throw Malformed(inode.End, "more shared attributes than there is room for");
        for (int at = 12; at < own; at += 4)
        {
            long place = sharedXattrs + (BinaryPrimitives.ReadUInt32LittleEndian(area.AsSpan(at)) * 4L);
            byte[] head = Bytes(place, 4);
            Add(found, Bytes(place, SizeOf(head)), place);
        }

        while (own + 4 <= area.Length && SizeOf(area.AsSpan(own)) is int size && size > 4)
        {
            if (size > area.Length - own)
                throw Malformed(inode.End + own, "an attribute leads out of its inode");
            Add(found, area.AsSpan(own, size), inode.End + own);
            own += (size + 3) & ~3;
        }

        return found;
    }

    private void Add(Dictionary<string, byte[]> found, ReadOnlySpan<byte> attribute, long place)
    {
        int space = attribute[1];
        if (space >= Spaces.Length)
            throw Malformed(place, $"an attribute of name space {space}");
        found[Spaces[space] + Encoding.UTF8.GetString(attribute.Slice(4, attribute[0]))] = attribute[(4 + attribute[0])..].ToArray();
    }

    /// <summary>Four bytes (length of the name, name space, size of the value), name and value.</summary>
    private static int SizeOf(ReadOnlySpan<byte> head) => 4 + head[0] + BinaryPrimitives.ReadUInt16LittleEndian(head[2..]);

    private byte[] Bytes(long offset, int size) =>
        offset >= 0 && file.Holds(offset, size) ? file.ReadBytes(offset, size) : throw Malformed(offset, $"{size} bytes there are not in it");

    private FactoryException Malformed(long offset, string what) => ErofsFaults.Malformed(file.Name, offset, what).Raise();
}
