using System.Security.Cryptography;
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

    /// <returns>Null when the bundle does not have it.</returns>
    public BundledContainer? FindContainer(string name) => index.Containers.FirstOrDefault(c => c.Name == name);

    /// <summary>Writes a content that the bundle lists, and checks it again.</summary>
    /// <exception cref="FactoryException">IFA428: it is another one by now.</exception>
    public async Task CopyAsync(ContentDigest digest, Stream target, CancellationToken cancellation)
    {
        using IncrementalHash hash = digest.CreateHash();
        await using Stream source = Open(bundle, places, digest) ?? throw new FactoryException(BundleFaults.Damaged(bundle, digest.ToString(), "is missing"));
        byte[] buffer = new byte[1 << 20];
        for (int read; (read = await source.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            await target.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
        }

        if (!digest.Is(hash.GetHashAndReset()))
            throw new FactoryException(BundleFaults.Damaged(bundle, digest.ToString(), "was changed while it was used"));
    }

    private static FileRangeStream? Open(string bundle, IReadOnlyDictionary<ContentDigest, (long Offset, long Length)> places, ContentDigest digest) =>
        places.TryGetValue(digest, out (long Offset, long Length) place) ? new FileRangeStream(new FileContent(bundle, place.Offset, place.Length)) : null;
}
