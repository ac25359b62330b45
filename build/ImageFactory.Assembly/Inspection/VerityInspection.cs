using System.Security.Cryptography;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Images.Verity;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Inspection;

/// <summary>Follows the chain from the command line to the data.</summary>
internal static class VerityInspection
{
    private const int BlockSize = 4096;

    /// <param name="commandLine">Of the UKI.</param>
    /// <param name="root">The partition with the data.</param>
    /// <param name="hashes">The partition with the tree.</param>
    /// <param name="ids">PARTUUIDs of the two.</param>
    public static async Task<VerityReport> OfAsync(
        string? commandLine, IExtentSource root, IExtentSource hashes, VerityPartitionIds ids, CancellationToken cancellation)
    {
        VeritySuperblock superblock = VerityVerifier.ReadSuperblock(hashes);
        Sha256? expected = RootHashOf(commandLine);
        Sha256 ofData = await VerityVerifier.RootHashAsync(root, superblock, cancellation).ConfigureAwait(false);
        return new VerityReport
        {
            OnCommandLine = expected,
            OfData = ofData,
            OfStoredTree = TopOf(superblock, root, hashes),
            IdsMatch = ids == VerityPartitionIds.From(expected ?? ofData),
            Uuid = superblock.Uuid,
            Salt = Convert.ToHexStringLower(superblock.Salt),
            DataBlocks = superblock.DataBlocks,
        };
    }

    /// <summary>The root hash that systemd takes: the last one given wins.</summary>
    public static Sha256? RootHashOf(string? commandLine)
    {
        Sha256? found = null;
        foreach (string argument in (commandLine ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (argument.StartsWith("roothash=", StringComparison.Ordinal) && Sha256.IsHex(argument["roothash=".Length..]))
                found = new Sha256(argument["roothash=".Length..]);
        }

        return found;
    }

    /// <summary>The topmost level is the block after the superblock; data of a single block has no levels, its digest is the root hash.</summary>
    private static Sha256? TopOf(VeritySuperblock superblock, IExtentSource root, IExtentSource hashes)
    {
        (IExtentSource source, long offset) = superblock.DataBlocks == 1 ? (root, 0L) : (hashes, (long)BlockSize);
        if (source.Length < offset + BlockSize)
            return null;
        byte[] salted = new byte[superblock.Salt.Length + BlockSize];
        superblock.Salt.CopyTo(salted, 0);
        source.Read(offset, salted.AsSpan(superblock.Salt.Length));
        return new Sha256(SHA256.HashData(salted));
    }
}
