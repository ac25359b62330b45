using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Publishing.Journal;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;

namespace ImageFactory.Publishing.Oci;

/// <summary>
/// The signature of an index of several architectures: who asks for the tag is given the index first. It says that all images in it are signed with
/// the same key. Where one is not, the index stays unsigned: whoever may push can put an image into it.
/// </summary>
internal sealed class OciIndexSignature(OciPlace place, Repository repository)
{
    /// <summary>An index that others change at the same time is signed again this often.</summary>
    private const int Attempts = 8;

    /// <param name="former">The index that was under the tag before, whose signature goes.</param>
    /// <returns>True when all was there already.</returns>
    public async Task<bool> EnsureAsync(
        string tag, ContentDigest? former, PublishableImage image, PublicationJournal journal, Dictionary<string, string> objects, CancellationToken cancellation)
    {
        if (!place.Destination.MultiArch || image.Signing is not { } signing)
            return true;
        OciSignatures signatures = new(place, repository);
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            if (await repository.FindManifestAsync(tag, cancellation).ConfigureAwait(false) is not { IsIndex: true } index)
                break;
            if (await FindUnsignedAsync(index, signing, cancellation).ConfigureAwait(false) is { } unsigned)
            {
                place.Setting.Surroundings.Reporter.Report(new Faulted(OciFaults.IndexNotSigned(place.Where, tag, unsigned)));
                return true;
            }

            (ContentDigest signature, bool wasThere) = await signatures.EnsureIndexAsync(tag, index.Digest, image, journal, cancellation).ConfigureAwait(false);
            if ((await repository.FindManifestAsync(tag, cancellation).ConfigureAwait(false))?.Digest == index.Digest)
            {
                objects["index-signature"] = signature.ToString();
                if (former is { } gone && gone != index.Digest)
                    await signatures.RemoveOfIndexAsync(gone, cancellation).ConfigureAwait(false);
                return wasThere;
            }

            // Somebody has written it meanwhile.
            await signatures.RemoveOfIndexAsync(index.Digest, cancellation).ConfigureAwait(false);
        }

        throw new FactoryException(OciFaults.IndexLost(place.Where, tag));
    }

    /// <returns>The architecture of an image without a signature of the key; null when each has one.</returns>
    private async Task<string?> FindUnsignedAsync(FetchedManifest index, ImageSigning signing, CancellationToken cancellation)
    {
        foreach (IndexEntry entry in index.ToIndex().Entries)
        {
            if (await PushedSignatures.FindProblemsAsync(repository, entry.Manifest.Digest, signing.Signer.PublicKey, cancellation).ConfigureAwait(false) is not { Count: 0 })
                return entry.Architecture ?? entry.Manifest.Digest.ToString();
        }

        return null;
    }
}
