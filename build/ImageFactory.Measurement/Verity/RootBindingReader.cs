using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Images.Verity;
using ImageFactory.Measurement.Layout;
using ImageFactory.Measurement.Prediction;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Verity;

/// <summary>Follows the root hash from the command line to the data: without it a quote says nothing about the root file system.</summary>
internal static class RootBindingReader
{
    private static readonly string[] Names = ["roothash=", "systemd.verity_root_hash=", "usrhash=", "systemd.verity_usr_hash="];

    /// <param name="recompute">Hash the data anew; otherwise only the top of the stored tree is looked at.</param>
    /// <param name="faults">Receives IFM201 to IFM205.</param>
    public static async Task<RootBinding?> ReadAsync(
        IExtentSource disk, string image, BootLayout layout, BootContent content, bool recompute, List<Fault> faults, CancellationToken cancellation)
    {
        string line = BootPredictor.KernelCommandLine(content, new BootSettings());
        string[] named = [.. line.Split(' ').SelectMany(word => Names.Where(n => word.StartsWith(n, StringComparison.Ordinal)).Select(n => word[n.Length..])).Distinct()];
        if (named.Length != 1)
        {
            faults.Add(named.Length == 0 ? VerityFaults.NoRootHash(image) : VerityFaults.SeveralRootHashes(image, named));
            return null;
        }

        if (!Sha256.IsHex(named[0]))
        {
            faults.Add(VerityFaults.NotSha256(image, named[0]));
            return null;
        }

        Sha256 rootHash = new(named[0]);
        RootBinding binding = new() { RootHash = rootHash, NamedBy = NamedBy(layout, content, named[0]) };
        VerityPartitionIds ids = VerityPartitionIds.From(rootHash);
        GptPartition? data = layout.Table.Partitions.FirstOrDefault(p => p.Id == ids.Root);
        GptPartition? tree = layout.Table.Partitions.FirstOrDefault(p => p.Id == ids.Hash);
        if (data is null || tree is null)
        {
            faults.Add(VerityFaults.NoPartition(image, data is null ? "data" : "hash tree", data is null ? ids.Root : ids.Hash));
            return binding;
        }

        IExtentSource dataSource = disk.Window(data.Offset, data.Length, $"{image}, partition {data.Name}");
        IExtentSource treeSource = disk.Window(tree.Offset, tree.Length, $"{image}, partition {tree.Name}");
        VeritySuperblock superblock = VerityVerifier.ReadSuperblock(treeSource);
        binding = binding with
        {
            DataSize = superblock.DataSize,
            OfStoredTree = VerityVerifier.StoredRootHash(dataSource, treeSource, superblock),
            OfData = recompute ? await VerityVerifier.RootHashAsync(dataSource, superblock, cancellation).ConfigureAwait(false) : null,
        };
        if (binding.OfStoredTree != rootHash)
            faults.Add(VerityFaults.Mismatch(image, "the stored hash tree leads", rootHash, binding.OfStoredTree));
        if (recompute && binding.OfData != rootHash)
            faults.Add(VerityFaults.Mismatch(image, "the data of the root file system leads", rootHash, binding.OfData));
        return binding;
    }

    private static string NamedBy(BootLayout layout, BootContent content, string hash) =>
        content.PassedCommandLine.Contains(hash, StringComparison.Ordinal) ? "boot option"
        : content.CommandLine?.Contains(hash, StringComparison.Ordinal) == true ? ".cmdline"
        : layout.Addons.FirstOrDefault(a => a.Content.CommandLine?.Contains(hash, StringComparison.Ordinal) == true)?.Path ?? ".cmdline";
}
