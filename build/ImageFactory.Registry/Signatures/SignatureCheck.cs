using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.References;

namespace ImageFactory.Registry.Signatures;

/// <summary>
/// Looks for sigstore signatures of an image: the manifest of the tag <c>sha256-HEX.sig</c> in the same repository. Each of its layers is the
/// statement that was signed, with the signature in an annotation.
/// </summary>
/// <param name="Reference">As the author wrote it: what the policy is about.</param>
/// <param name="Fetch">Gets a manifest of the repository.</param>
/// <param name="ReadBlob">Gets a blob of the repository.</param>
internal sealed record SignatureCheck(
    ImageReference Reference,
    Func<string, CancellationToken, Task<FetchedManifest>> Fetch,
    Func<Descriptor, int, CancellationToken, Task<byte[]>> ReadBlob)
{
    private const int MostStatementBytes = 1 << 20;
    private const int MostSignatures = 100;

    /// <summary>Returns when one signature over one of the digests holds: that of an index covers all that it names.</summary>
    /// <exception cref="FactoryException">IFO602: there is none; IFO603: none holds, with the reason of each.</exception>
    public async Task VerifyAsync(SignedBySigstore wanted, IReadOnlyList<ContentDigest> digests, CancellationToken cancellation)
    {
        List<string> reasons = [];
        foreach (ContentDigest digest in digests.Distinct())
        {
            foreach (Descriptor layer in await SignaturesOfAsync(digest, cancellation).ConfigureAwait(false))
            {
                byte[] statement = await ReadBlob(layer, MostStatementBytes, cancellation).ConfigureAwait(false);
                if (Problem(wanted, digest, layer, statement) is not { } problem)
                    return;
                reasons.Add(problem);
            }
        }

        throw new FactoryException(reasons.Count == 0
            ? SignatureFaults.None(Reference.ToString(), digests[^1].ToString())
            : SignatureFaults.NoneHolds(Reference.ToString(), reasons.Distinct()));
    }

    private async Task<IEnumerable<Descriptor>> SignaturesOfAsync(ContentDigest digest, CancellationToken cancellation)
    {
        try
        {
            FetchedManifest found = await Fetch(SimpleSigning.TagOf(digest), cancellation).ConfigureAwait(false);
            using JsonDocument document = JsonDocument.Parse(found.Body);
            return ImageManifest.Read(document.RootElement, found.MediaType).Layers.Where(l => l.MediaType == SimpleSigning.LayerType).Take(MostSignatures);
        }
        catch (FactoryException e) when (e.Faults.All(f => f.ExitCode == ExitCode.MissingInput))
        {
            return [];
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw new FactoryException(ContentFaults.BadManifest($"{Reference.Name}:{SimpleSigning.TagOf(digest)}", e.Message), e);
        }
    }

    private string? Problem(SignedBySigstore wanted, ContentDigest digest, Descriptor layer, byte[] statement)
    {
        string text = layer.Annotations.GetValueOrDefault(SimpleSigning.SignatureAnnotation) ?? "";
        byte[] signature = new byte[text.Length];
        if (text.Length == 0 || !Convert.TryFromBase64String(text, signature, out int length))
            return "a signature is no base64";

        // Nothing of the statement is looked at before it is known who wrote it.
        if (!wanted.Keys.Any(k => k.Verifies(statement, signature.AsSpan(0, length))))
            return "a signature was made with another key";
        return SimpleSigning.Problem(statement, digest, signed => wanted.Identity.Matches(Reference, signed));
    }
}
