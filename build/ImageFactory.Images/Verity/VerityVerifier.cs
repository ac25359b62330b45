using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Images.Verity;

/// <summary>Reads the superblock of a hash area and recomputes the root hash from the data alone.</summary>
public static class VerityVerifier
{
    /// <exception cref="FactoryException">IFI402, IFI403: no superblock, or one with parameters that are not in use here.</exception>
    public static VeritySuperblock ReadSuperblock(IExtentSource hashArea)
    {
        if (hashArea.Length < VeritySuperblock.Size)
            throw VerityFaults.NoSuperblock(hashArea.Name).Raise();
        return VeritySuperblock.Parse(hashArea.ReadBytes(0, VeritySuperblock.Size), hashArea.Name);
    }

    /// <summary>
    /// The root hash of the data under the superblock's parameters. The stored tree is not looked at: what the kernel accepts
    /// at boot is decided by the data and this root hash.
    /// </summary>
    /// <exception cref="FactoryException">IFI404: there is less data than the superblock says.</exception>
    public static Task<Sha256> RootHashAsync(IExtentSource data, VeritySuperblock superblock, CancellationToken cancellation)
    {
        if (superblock.DataSize > data.Length)
            throw VerityFaults.DataTooShort(data.Name, superblock.DataSize, data.Length).Raise();
        return VerityTree.ComputeAsync(data, superblock.DataBlocks, superblock.Salt, (_, _, _) => ValueTask.CompletedTask, cancellation);
    }

    /// <summary>
    /// The root hash that the stored tree itself leads to: the digest of its topmost block, which lies behind the superblock; of data of a
    /// single block, which has no tree, the digest of the data. Says nothing about the blocks below. Null when the area ends before that block.
    /// </summary>
    public static Sha256? StoredRootHash(IExtentSource data, IExtentSource hashArea, VeritySuperblock superblock)
    {
        (IExtentSource source, long offset) = superblock.DataBlocks == 1 ? (data, 0L) : (hashArea, (long)VerityFormat.BlockSize);
        return source.Holds(offset, VerityFormat.BlockSize)
            ? new Sha256(new VerityHasher(superblock.Salt).HashBlock(source.ReadBytes(offset, VerityFormat.BlockSize)))
            : null;
    }
}
