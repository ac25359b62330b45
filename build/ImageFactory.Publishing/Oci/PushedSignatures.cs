using System.Text;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;
using ImageFactory.Registry.Signatures;
using ImageFactory.Trust.Keys;
using ImageFactory.Trust.Statements;

namespace ImageFactory.Publishing.Oci;

/// <summary>The signatures of a manifest or an index, under the tag beside it.</summary>
public static class PushedSignatures
{
    private const int MostStatementBytes = 1 << 20;

    /// <summary>Looks for one that this key made.</summary>
    /// <returns>Empty when one holds; else why none does, and null when there are none at all.</returns>
    public static async Task<IReadOnlyList<string>?> FindProblemsAsync(Repository repository, ContentDigest signed, VerificationKey key, CancellationToken cancellation)
    {
        if (await repository.FindManifestAsync(SimpleSigning.TagOf(signed), cancellation).ConfigureAwait(false) is not { IsIndex: false } found)
            return null;
        List<string> reasons = [];
        foreach (Descriptor layer in found.ToManifest().Layers.Where(l => l.MediaType == SimpleSigning.LayerType))
        {
            byte[] claim = await repository.ReadBlobAsync(layer, MostStatementBytes, cancellation).ConfigureAwait(false);
            byte[]? signature = DetachedSignature.Read(Encoding.ASCII.GetBytes(layer.Annotations.GetValueOrDefault(SimpleSigning.SignatureAnnotation) ?? ""));
            string? problem = signature is null || !await key.HoldsAsync(claim, signature, cancellation).ConfigureAwait(false)
                ? "a signature was made with another key"
                : SimpleSigning.Problem(claim, signed, name => name.Name == repository.Name);
            if (problem is null)
                return [];
            reasons.Add(problem);
        }

        return reasons.Count > 0 ? [.. reasons.Distinct()] : null;
    }
}
