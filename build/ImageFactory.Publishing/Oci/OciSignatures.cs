using System.Text.Json.Nodes;
using ImageFactory.Model;
using ImageFactory.Publishing.Journal;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;
using ImageFactory.Registry.Signatures;
using ImageFactory.Trust.Statements;

namespace ImageFactory.Publishing.Oci;

/// <summary>
/// Signature and provenance of an image in a registry, each in both forms that cosign reads: tags beside the image (versions 1 and 2, and every tool
/// of containers), and bundles that refer to it (version 3). What somebody else signed stays.
/// </summary>
internal sealed class OciSignatures(OciPlace place, Repository repository)
{
    /// <summary>Whose signature it is: what this key has signed is not signed again. Readers must not decide by it.</summary>
    private const string KeyAnnotation = "imagefactory-signing-key";

    /// <summary>Of the signature of an index: its tag.</summary>
    private const string IndexAnnotation = "imagefactory-index";

    private const string PredicateAnnotation = "predicateType";
    private const string BundlePredicate = "dev.sigstore.bundle.predicateType";
    private const string BundleContent = "dev.sigstore.bundle.content";

    /// <summary>The tags beside an image that hold what is signed about it.</summary>
    public static IReadOnlyList<string> TagsOf(ContentDigest image) => [SimpleSigning.TagOf(image), SimpleSigning.AttestationTagOf(image)];

    /// <returns>True when all was there already.</returns>
    public async Task<bool> EnsureAsync(PublishableImage image, Descriptor subject, PublicationJournal journal, Dictionary<string, string> objects, CancellationToken cancellation)
    {
        if (image.Signing is not { } signing)
            return true;
        Dictionary<string, string> annotations = ImageTags.Of(place.Setting, image).ToDictionary();
        annotations[KeyAnnotation] = signing.Signer.PublicKey.Hint;
        bool all = await EnsureNamedAsync("signature", SimpleSigning.TagOf(subject.Digest), () => ClaimAsync(subject.Digest, signing, cancellation)).ConfigureAwait(false);

        // The same statement in both forms, made only when one of them is missing.
        Statement provenance = signing.Provenance(
        [
            new(repository.Name, new Sha256(subject.Digest.Encoded)),
            new(Path.GetFileName(image.File), image.Digest),
            .. image.Attachments.Select(a => new StatementSubject(a.Name, Sha256.Of(a.Content.Span))),
        ]);
        all &= await EnsureNamedAsync("attestation", SimpleSigning.AttestationTagOf(subject.Digest), async () => Blob(
            DsseEnvelope.MediaType,
            (await DsseEnvelope.SignAsync(provenance.ToJson(), signing.Signer, cancellation).ConfigureAwait(false)).ToJson(""),
            new() { [SimpleSigning.SignatureAnnotation] = "", [PredicateAnnotation] = provenance.PredicateType })).ConfigureAwait(false);

        IReadOnlyList<Descriptor> there = await repository.ReferrersAsync(subject.Digest, cancellation).ConfigureAwait(false);
        Statement signed = new([new("", new Sha256(subject.Digest.Encoded))], SigstoreBundle.SignedType, new JsonObject());
        all &= await EnsureBundleAsync("signature-bundle", signed).ConfigureAwait(false);
        all &= await EnsureBundleAsync("provenance-bundle", provenance).ConfigureAwait(false);
        return all;

        async Task<bool> EnsureNamedAsync(string name, string tag, Func<Task<BlobToPush>> make)
        {
            (ContentDigest digest, bool wasThere) = await EnsureTagAsync(tag, image, annotations, make, journal, cancellation).ConfigureAwait(false);
            objects[name] = digest.ToString();
            return wasThere;
        }

        async Task<bool> EnsureBundleAsync(string name, Statement statement)
        {
            if (there.FirstOrDefault(d => IsDone(d.Annotations, annotations) && d.Annotations.GetValueOrDefault(BundlePredicate) == statement.PredicateType) is { } done)
            {
                objects[name] = done.Digest.ToString();
                return true;
            }

            DsseEnvelope envelope = await DsseEnvelope.SignAsync(statement.ToJson(), signing.Signer, cancellation).ConfigureAwait(false);
            BlobToPush content = Blobs.Small(SigstoreBundle.MediaType, envelope.ToBundle(signing.Signer.PublicKey));
            Dictionary<string, string> own = new(annotations) { [BundleContent] = "dsse-envelope", [BundlePredicate] = statement.PredicateType };
            (ContentDigest digest, _) = await new OciAttachments(place, repository).AttachAsync(content, own, subject, there, journal, cancellation).ConfigureAwait(false);
            objects[name] = digest.ToString();
            return false;
        }
    }

    /// <summary>Signs an index; the statement speaks of nothing but its digest.</summary>
    public Task<(ContentDigest Digest, bool WasThere)> EnsureIndexAsync(string tag, ContentDigest index, PublishableImage image, PublicationJournal journal, CancellationToken cancellation)
    {
        ImageSigning signing = image.Signing!;
        Dictionary<string, string> annotations = new() { [ImageTags.Owner] = place.Setting.Owner, [KeyAnnotation] = signing.Signer.PublicKey.Hint, [IndexAnnotation] = tag };
        return EnsureTagAsync(SimpleSigning.TagOf(index), image, annotations, () => ClaimAsync(index, signing, cancellation), journal, cancellation);
    }

    /// <summary>The digest of the index that a manifest under a tag is our signature of; null when it is none.</summary>
    public ContentDigest? IndexOf(string tag, FetchedManifest manifest) =>
        !manifest.IsIndex && manifest.ToManifest().Annotations is var annotations && annotations.ContainsKey(IndexAnnotation) && place.IsOurs(annotations)
        && tag.EndsWith(".sig", StringComparison.Ordinal) && ContentDigest.TryParse(tag[..^".sig".Length].Replace('-', ':'), out ContentDigest index) ? index : null;

    /// <summary>Takes our signature of an index away, which nobody is given any more.</summary>
    public async Task RemoveOfIndexAsync(ContentDigest index, CancellationToken cancellation)
    {
        string tag = SimpleSigning.TagOf(index);
        if (await repository.FindManifestAsync(tag, cancellation).ConfigureAwait(false) is { } signature && IndexOf(tag, signature) is not null)
            await repository.DeleteManifestAsync(signature.Digest, cancellation).ConfigureAwait(false);
    }

    private async Task<BlobToPush> ClaimAsync(ContentDigest signed, ImageSigning signing, CancellationToken cancellation)
    {
        byte[] claim = SimpleSigning.Write(repository.Name, signed);
        return Blob(SimpleSigning.LayerType, claim, new()
        {
            [SimpleSigning.SignatureAnnotation] = Convert.ToBase64String(await signing.Signer.SignAsync(claim, cancellation).ConfigureAwait(false)),
        });
    }

    /// <summary>Adds a layer to the manifest of a tag beside an image, unless ours is in it.</summary>
    private async Task<(ContentDigest Digest, bool WasThere)> EnsureTagAsync(
        string tag, PublishableImage image, Dictionary<string, string> annotations, Func<Task<BlobToPush>> make, PublicationJournal journal, CancellationToken cancellation)
    {
        FetchedManifest? former = await repository.FindManifestAsync(tag, cancellation).ConfigureAwait(false);
        ImageManifest? kept = former is { IsIndex: false } ? former.ToManifest() : null;
        if (kept is not null && IsDone(kept.Annotations, annotations))
            return (former!.Digest, true);

        BlobToPush layer = await make().ConfigureAwait(false);
        Descriptor[] layers = [.. kept?.Layers ?? [], layer.Descriptor];
        BlobToPush config = Blobs.Small(MediaTypes.OciConfig, ManifestText.Config(image.Description.Architecture, layers));
        byte[] manifest = ManifestText.Manifest(config.Descriptor, layers, null, annotations);
        OciUpload upload = new(place, repository, journal);
        await upload.PushAsync(repository, layer, null, cancellation).ConfigureAwait(false);
        await upload.PushAsync(repository, config, null, cancellation).ConfigureAwait(false);
        ContentDigest digest = ContentDigest.Of(manifest);

        // What a failed try added to signatures of others cannot be taken away without them.
        if (kept is null)
            journal.Intend(OciWords.Manifest, digest.ToString());
        await repository.PutManifestAsync(tag, MediaTypes.OciManifest, manifest, cancellation).ConfigureAwait(false);
        if (kept is null)
            journal.Created(OciWords.Manifest, digest.ToString(), digest.ToString());
        return (digest, false);
    }

    private bool IsDone(IReadOnlyDictionary<string, string> found, Dictionary<string, string> wanted) =>
        place.IsOurs(found) && found.GetValueOrDefault(KeyAnnotation) == wanted[KeyAnnotation];

    private static BlobToPush Blob(string type, byte[] content, Dictionary<string, string> annotations)
    {
        BlobToPush blob = Blobs.Small(type, content);
        return blob with { Descriptor = blob.Descriptor with { Annotations = annotations } };
    }
}
