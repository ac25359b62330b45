using System.Buffers.Binary;
using System.Text;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Images.Ext4;

/// <summary>
/// Reads names, modes, owners and extended attributes out of an ext2, ext3 or ext4 file system, which debugfs does not give to a tree that it writes. Contents of files are its to read.
/// </summary>
public sealed class Ext4Metadata
{
    private const uint Root = 2;
    private const int EntryHeader = 8;

    /// <summary>More names than any root has; a bound for damaged images.</summary>
    private const int MostEntries = 4_000_000;

    private const int LargestFolder = 256 << 20;
    private const int LongestPath = 4096;

    private readonly Ext4Volume volume;
    private readonly Ext4Attributes attributes;

    private Ext4Metadata(IExtentSource file)
    {
        volume = new Ext4Volume(file);
        attributes = new Ext4Attributes(volume);
    }

    /// <summary>Everything in it, folders before what is in them.</summary>
    /// <exception cref="FactoryException">IFI513: it is damaged. IFI514: it has features that are not known.</exception>
    public static IEnumerable<FileSystemEntry> Walk(IExtentSource file) => new Ext4Metadata(file).Walk();

    private IEnumerable<FileSystemEntry> Walk()
    {
        HashSet<uint> folders = [];
        Stack<(string Path, uint Number)> pending = new();
        pending.Push(("/", Root));
        for (int count = 0; pending.TryPop(out (string Path, uint Number) next); count++)
        {
            Ext4Inode inode = volume.Inode(next.Number);
            if (count + pending.Count > MostEntries)
                throw volume.Malformed(inode.Offset, $"more than {MostEntries} names");
            yield return new FileSystemEntry(next.Path, inode.Mode, inode.Uid, inode.Gid, attributes.Of(inode));
            if (!inode.IsFolder)
                continue;
            if (!folders.Add(next.Number))
                throw volume.Malformed(inode.Offset, $"the folder {next.Path} is in itself, or in two places");
            string prefix = next.Path == "/" ? "/" : next.Path + "/";
            foreach ((string name, uint number) in Names(inode))
                pending.Push((prefix.Length + name.Length <= LongestPath ? prefix + name : throw volume.Malformed(inode.Offset, "a path has no end"), number));
        }
    }

    /// <summary>
    /// Entries of inode (4 bytes, 0 for none), length of the entry (2), length of the name (1, or 2 where there are no file types), type (1) and name; none reaches over the end of its block
    /// (Linux: Documentation/filesystems/ext4/directory.rst). The blocks of an index look like empty ones.
    /// </summary>
    private List<(string Name, uint Number)> Names(Ext4Inode inode)
    {
        if (inode.Size is < 0 or > LargestFolder)
            throw volume.Malformed(inode.Offset, $"a folder of {inode.Size} bytes");
        List<(string, uint)> names = [];
        foreach (long number in new Ext4Blocks(volume, inode).All())
        {
            byte[] block = volume.Block(number);
            for (int at = 0; at < block.Length;)
            {
                int size = at + EntryHeader <= block.Length ? BinaryPrimitives.ReadUInt16LittleEndian(block.AsSpan(at + 4)) : 0;
                if (size is 0 or 0xffff && block.Length == 1 << 16)
                    size = block.Length;
                int length = size == 0 ? 0 : volume.HasFileTypes ? block[at + 6] : BinaryPrimitives.ReadUInt16LittleEndian(block.AsSpan(at + 6));
                uint own = size == 0 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(at));
                if (size < EntryHeader || size > block.Length - at || (own != 0 && EntryHeader + length > size))
                    throw volume.Malformed((number * volume.BlockSize) + at, "a folder's names are not where they must be");
                string name = own == 0 ? "." : Encoding.UTF8.GetString(block, at + EntryHeader, length);
                if (name.Length == 0 || name.AsSpan().ContainsAny('/', '\0'))
                    throw volume.Malformed((number * volume.BlockSize) + at, "a name that none can have");
                if (name is not ("." or ".."))
                    names.Add((name, own));
                at += size;
            }
        }

        return names;
    }
}
