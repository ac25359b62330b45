using ImageFactory.Model;

namespace ImageFactory.Images.Gpt;

/// <summary>
/// The partition UUIDs by which systemd finds root and hash partition from <c>roothash=</c> alone (Discoverable Partitions
/// Specification): the first 128 bits of the root hash name the root, the last 128 bits the hash partition, each in reading order.
/// </summary>
public sealed record VerityPartitionIds(Guid Root, Guid Hash)
{
    public static VerityPartitionIds From(Sha256 rootHash) =>
        new(Guid.ParseExact(rootHash.Hex[..32], "N"), Guid.ParseExact(rootHash.Hex[32..], "N"));
}
