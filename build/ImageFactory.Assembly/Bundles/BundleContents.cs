using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Registry.Carrying;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Bundles;

/// <summary>
/// What a build would fetch, read where it lies in its bundle: nothing is unpacked. The bundle may change after it was looked at, so that whoever reads checks the digest again.
/// </summary>
/// <param name="bundle">The archive, absolute.</param>
/// <param name="places">Offset and length in it, in bytes.</param>
public sealed class BundleContents(string bundle, BundleIndex index, IReadOnlyDictionary<ContentDigest, (long Offset, long Length)> places)
{
    public CarriedImages Images { get; } = new(
        index.Images.Select(i => new CarriedManifest(i.Repository, i.Name, i.MediaType, ContentDigest.Parse(i.Digest))),
        digest => Open(bundle, places, digest));

    /// <returns>Null when the bundle does not hold it.</returns>
    public Stream? Open(Sha256 digest) => Open(bundle, places, BundledContent.DigestOf(digest));

    private static FileRangeStream? Open(string bundle, IReadOnlyDictionary<ContentDigest, (long Offset, long Length)> places, ContentDigest digest) =>
        places.TryGetValue(digest, out (long Offset, long Length) place) ? new FileRangeStream(new FileContent(bundle, place.Offset, place.Length)) : null;
}
