using System.Buffers.Binary;
using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Fat;

/// <summary>The file allocation table: for each cluster the next one of the chain.</summary>
internal sealed class FatTable(IExtentSource partition, FatGeometry geometry)
{
    private const int BlockSize = 64 << 10;

    private readonly BlockCache blocks = new(16);

    /// <summary>
    /// The clusters of a chain that has at most <paramref name="limit"/> of them. A loop ends at the limit with a fault.
    /// </summary>
    public IEnumerable<uint> Chain(uint first, long limit)
    {
        long count = 0;
        for (uint cluster = first; !IsEnd(cluster); cluster = Next(cluster))
        {
            if (cluster < 2 || cluster >= geometry.Clusters + 2)
                throw FatFaults.Malformed(partition.Name, EntryOffset(cluster), $"cluster {cluster} does not exist").Raise();
            if (++count > limit)
                throw FatFaults.Malformed(partition.Name, EntryOffset(cluster), $"a chain is longer than {limit} clusters, or runs in a circle").Raise();
            yield return cluster;
        }
    }

    private bool IsEnd(uint cluster) => geometry.EntryBits switch
    {
        12 => cluster >= 0xff8,
        16 => cluster >= 0xfff8,
        _ => cluster >= 0x0fff_fff8,
    };

    private uint Next(uint cluster) => geometry.EntryBits switch
    {
        12 => (uint)(Word(cluster + (cluster / 2)) >> (cluster % 2 == 0 ? 0 : 4)) & 0xfff,
        16 => Word(cluster * 2L),
        _ => (Word(cluster * 4L) | ((uint)Word((cluster * 4L) + 2) << 16)) & 0x0fff_ffff,
    };

    private long EntryOffset(uint cluster) => geometry.TableOffset + (cluster * (long)geometry.EntryBits / 8);

    private ushort Word(long offset)
    {
        Span<byte> word = [ByteAt(offset), ByteAt(offset + 1)];
        return BinaryPrimitives.ReadUInt16LittleEndian(word);
    }

    private byte ByteAt(long offset)
    {
        byte[] block = blocks.GetOrLoad(
            offset / BlockSize,
            number => partition.ReadBytes(geometry.TableOffset + (number * BlockSize), (int)Math.Min(BlockSize, geometry.TableSize - (number * BlockSize))));
        return block[offset % BlockSize];
    }
}
