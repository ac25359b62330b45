using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Images.Verity;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Inspection;

/// <summary>Follows the chain from the command line to the data.</summary>
internal static class VerityInspection
{
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
            OfStoredTree = VerityVerifier.StoredRootHash(root, hashes, superblock),
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
}
