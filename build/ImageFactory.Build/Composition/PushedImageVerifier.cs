using System.Formats.Tar;
using ImageFactory.Measurement.Reporting;
using ImageFactory.Model;
using ImageFactory.Publishing.Oci;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;
using ImageFactory.Registry.Signatures;
using ImageFactory.Trust.Keys;
using ImageFactory.Trust.Statements;
using ImageFactory.Trust.Verifying;

namespace ImageFactory.Build.Composition;

/// <param name="Shown">Its name in the registry.</param>
/// <param name="Disk">A copy of the disk.</param>
/// <param name="Measurements">Those that are attached.</param>
internal sealed record PulledImage(string Shown, string Disk, byte[]? Measurements);

/// <summary>
/// Pulls an image wholly, which proves its digests, and holds it to its signatures and provenance. Stricter than cosign: type, name and media type of
/// what was signed count too.
/// </summary>
internal sealed class PushedImageVerifier(RegistryClient client, ImageReference reference, VerificationKey? key, Verification verification)
{
    /// <summary>How an artifact calls its disk.</summary>
    private const string DiskTitle = "podvm.qcow2";

    private const int MostAttached = 64 << 20;

    private readonly Repository repository = client.OpenRepository(reference);

    /// <returns>The images of each architecture whose disks were found.</returns>
    /// <exception cref="FactoryException">The registry cannot be asked, or a blob is not what its digest says.</exception>
    public async Task<IReadOnlyList<PulledImage>> RunAsync(DirectoryInfo work, CancellationToken cancellation)
    {
        FetchedManifest top = await repository.FindManifestAsync(reference.Wanted, cancellation).ConfigureAwait(false) ?? throw new FactoryException(VerificationFaults.NoImage(reference.ToString()));
        List<PulledImage> pulled = [];
        IEnumerable<ContentDigest> digests = top.IsIndex ? top.ToIndex().Entries.Select(e => e.Manifest.Digest) : [top.Digest];
        if (top.IsIndex)
            await CheckIndexAsync(top.Digest, cancellation).ConfigureAwait(false);
        foreach (ContentDigest digest in digests)
        {
            ImageReference pinned = reference.At(digest);
            ResolvedImage image = await client.ResolveAsync(pinned, Architecture.X64, cancellation).ConfigureAwait(false);
            string shown = $"{repository.Name}@{digest}";
            string disk = Path.Combine(work.FullName, $"{digest.Encoded}.qcow2");
            bool found = false;
            foreach (Descriptor layer in image.Manifest.Layers)
                found |= await PullAsync(image, layer, disk, cancellation).ConfigureAwait(false);
            verification.Verified(shown, $"{image.Manifest.Layers.Count} blobs have the digests that the manifest names");
            await CheckSignatureAsync(image, shown, cancellation).ConfigureAwait(false);
            HashSet<Sha256>? vouched = await CheckProvenanceAsync(image, shown, cancellation).ConfigureAwait(false);
            byte[]? measurements = await CheckReferrersAsync(image, shown, vouched, cancellation).ConfigureAwait(false);
            if (found)
                pulled.Add(new PulledImage(shown, disk, measurements));
            else
                verification.Wrong(shown, VerificationFaults.NoDisk(shown));
        }

        return pulled;
    }

    /// <returns>Whether the layer held the disk, which is a file now.</returns>
    private async Task<bool> PullAsync(ResolvedImage image, Descriptor layer, string disk, CancellationToken cancellation)
    {
        bool found = false;
        await using BlobStream stream = client.OpenBlob(image, layer);
        if (layer.Title == DiskTitle)
        {
            await using FileStream file = File.Create(disk);
            await stream.CopyToAsync(file, cancellation).ConfigureAwait(false);
            found = true;
        }
        else if (!image.Manifest.IsArtifact && MediaTypes.IsLayer(layer.MediaType))
        {
            await using TarReader tar = new(stream, leaveOpen: true);
            while (!found && await tar.GetNextEntryAsync(copyData: false, cancellation).ConfigureAwait(false) is { } entry)
            {
                if (entry.Name == PodVmImageUri.DefaultPath[1..] && entry.EntryType is TarEntryType.RegularFile)
                {
                    await entry.ExtractToFileAsync(disk, overwrite: true, cancellation).ConfigureAwait(false);
                    found = true;
                }
            }
        }

        await stream.FinishAsync(cancellation).ConfigureAwait(false);
        return found;
    }

    private async Task CheckSignatureAsync(ResolvedImage image, string shown, CancellationToken cancellation)
    {
        if (key is null)
        {
            verification.NotVerified("signatures", "no key was given (--key)");
            return;
        }

        IReadOnlyList<string> reasons = await PushedSignatures.FindProblemsAsync(repository, image.ManifestDigest, key, cancellation).ConfigureAwait(false) ?? ["there is none"];
        if (reasons.Count == 0)
            verification.Verified("signature", $"signed with {key}");
        else
            verification.Wrong("signature", VerificationFaults.NoneHolds(shown, "signature", reasons));
    }

    /// <summary>What counts is the signature of each image; that of the index says who put them together.</summary>
    private async Task CheckIndexAsync(ContentDigest index, CancellationToken cancellation)
    {
        string shown = reference.ToString();
        if (key is null)
            return;
        IReadOnlyList<string>? reasons = await PushedSignatures.FindProblemsAsync(repository, index, key, cancellation).ConfigureAwait(false);
        if (reasons is null)
            verification.NotVerified(shown, "the index of several architectures is not signed; each of its images is held to its own signature");
        else if (reasons.Count == 0)
            verification.Verified(shown, $"the index of several architectures is signed with {key}");
        else
            verification.Wrong(shown, VerificationFaults.NoneHolds(shown, "signature", reasons));
    }

    /// <returns>The digests that a signed provenance of this image speaks of; null when nothing could be believed.</returns>
    private async Task<HashSet<Sha256>?> CheckProvenanceAsync(ResolvedImage image, string shown, CancellationToken cancellation)
    {
        if (key is null)
            return null;
        List<string> reasons = [];
        foreach (Descriptor layer in await LayersAsync(SimpleSigning.AttestationTagOf(image.ManifestDigest), DsseEnvelope.MediaType, cancellation).ConfigureAwait(false))
        {
            try
            {
                DsseEnvelope envelope = DsseEnvelope.Parse(await client.ReadBlobAsync(image, layer, MostAttached, cancellation).ConfigureAwait(false));
                if (!await envelope.HoldsAsync(key, cancellation).ConfigureAwait(false))
                    throw new FormatException("a statement was signed with another key");
                Statement statement = envelope.PayloadType == DsseEnvelope.InTotoType ? Statement.Parse(envelope.Payload) : throw new FormatException("a statement is of another type");
                if (statement.PredicateType != Provenance.PredicateType)
                    throw new FormatException($"a statement is of the kind '{statement.PredicateType}'");
                if (statement.Subjects.All(s => s.Digest.Hex != image.ManifestDigest.Encoded))
                    throw new FormatException("a statement is about another image");
                verification.Verified("provenance", $"states how it was made; signed with {key}");
                return [.. statement.Subjects.Select(s => s.Digest)];
            }
            catch (FormatException e)
            {
                reasons.Add(e.Message);
            }
        }

        verification.Wrong("provenance", VerificationFaults.NoneHolds(shown, "provenance", reasons.Distinct()));
        return null;
    }

    /// <returns>The attached measurements, if there are any.</returns>
    private async Task<byte[]?> CheckReferrersAsync(ResolvedImage image, string shown, HashSet<Sha256>? vouched, CancellationToken cancellation)
    {
        byte[]? measurements = null;
        foreach (Descriptor referrer in await repository.ReferrersAsync(image.ManifestDigest, cancellation).ConfigureAwait(false))
        {
            if (await repository.FindManifestAsync(referrer.Digest.ToString(), cancellation).ConfigureAwait(false) is not { IsIndex: false } fetched || fetched.ToManifest().Layers is not [{ } layer])
                continue;
            byte[] content = await client.ReadBlobAsync(image, layer, MostAttached, cancellation).ConfigureAwait(false);
            if (layer.MediaType == SigstoreBundle.MediaType)
                await CheckBundleAsync(content, image, shown, cancellation).ConfigureAwait(false);
            else if (layer.Title is { } title)
                CheckAttached(title, content, shown, vouched);
            if (layer.Title == MeasurementReport.FileName)
                measurements = content;
        }

        return measurements;
    }

    private void CheckAttached(string title, byte[] content, string shown, HashSet<Sha256>? vouched)
    {
        if (vouched is null)
            verification.NotVerified(title, "no signed provenance speaks of it");
        else if (vouched.Contains(Sha256.Of(content)))
            verification.Verified(title, "attached, and the signed provenance speaks of it");
        else
            verification.Wrong(title, VerificationFaults.NotVouchedFor(shown, title));
    }

    /// <summary>Bundles of others are theirs: only those that this key signed can be wrong about the image.</summary>
    private async Task CheckBundleAsync(byte[] content, ResolvedImage image, string shown, CancellationToken cancellation)
    {
        if (key is null)
            return;
        try
        {
            DsseEnvelope envelope = SigstoreBundle.Parse(content);
            if (!await envelope.HoldsAsync(key, cancellation).ConfigureAwait(false))
                verification.NotVerified("bundle", "signed with another key");
            else if (Statement.Parse(envelope.Payload).Subjects.All(s => s.Digest.Hex != image.ManifestDigest.Encoded))
                verification.Wrong("bundle", VerificationFaults.NoneHolds(shown, "bundle", ["it is about another image"]));
            else
                verification.Verified("bundle", $"{Statement.Parse(envelope.Payload).PredicateType}; signed with {key}");
        }
        catch (FormatException e)
        {
            verification.Wrong("bundle", VerificationFaults.NoneHolds(shown, "bundle", [e.Message]));
        }
    }

    private async Task<IReadOnlyList<Descriptor>> LayersAsync(string tag, string type, CancellationToken cancellation) =>
        await repository.FindManifestAsync(tag, cancellation).ConfigureAwait(false) is { IsIndex: false } found ? [.. found.ToManifest().Layers.Where(l => l.MediaType == type)] : [];
}
