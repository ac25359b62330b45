using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Registry.References;

namespace ImageFactory.Registry.Signatures;

/// <summary>What a scope of the policy demands: all its requirements together.</summary>
/// <param name="Scope">For faults.</param>
internal sealed record PolicyRule(string Policy, string Scope, IReadOnlyList<Requirement> Requirements)
{
    /// <summary>There is no policy on this machine.</summary>
    public static PolicyRule NoPolicy { get; } = new("", "default", []);

    /// <exception cref="FormatException">It is malformed.</exception>
    public static PolicyRule Read(string policy, IReadOnlyList<JsonElement> requirements, string scope) => requirements.Count == 0
        ? throw new FormatException($"the scope '{Shown.Text(scope)}' has no requirements")
        : new PolicyRule(policy, scope, [.. requirements.Select(Requirement.Read)]);

    /// <returns>A warning when nothing was checked.</returns>
    /// <exception cref="FactoryException">IFO601 to IFO605: the image may not be used.</exception>
    public async Task<IReadOnlyList<Fault>> CheckAsync(SignatureCheck check, IReadOnlyList<ContentDigest> digests, CancellationToken cancellation)
    {
        bool signed = false;
        foreach (Requirement requirement in Requirements)
        {
            switch (requirement)
            {
                case AcceptAnything:
                    break;
                case Reject:
                    throw new FactoryException(SignatureFaults.Rejected(check.Reference.ToString(), Policy, Scope));
                case SignedBySigstore sigstore:
                    await check.VerifyAsync(sigstore, digests, cancellation).ConfigureAwait(false);
                    signed = true;
                    break;
                case UnknownRequirement unknown:
                    throw new FactoryException(SignatureFaults.Unsupported(check.Reference.ToString(), Policy, unknown.What));
            }
        }

        return signed ? [] : [SignatureFaults.NotChecked(check.Reference.ToString(), Policy)];
    }
}
