using System.Text.Json;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.References;

namespace ImageFactory.Registry.Signatures;

/// <summary>Which name a signature must carry, given the name that was asked for.</summary>
/// <param name="Matches">The name asked for, then the name in the signature.</param>
internal sealed record IdentityRule(Func<ImageReference, ImageReference, bool> Matches)
{
    /// <summary>The rule of a policy, matchRepoDigestOrExact when it names none; null when its kind is not known.</summary>
    /// <exception cref="FormatException">It is malformed.</exception>
    public static IdentityRule? Read(JsonElement? element)
    {
        if (element is not { } rule)
            return new IdentityRule(RepositoryDigestOrExact);
        switch (Json.Text(rule, "type"))
        {
            case "matchRepoDigestOrExact":
                return new IdentityRule(RepositoryDigestOrExact);
            case "matchExact":
                return new IdentityRule(Exact);
            case "matchRepository":
                return new IdentityRule((asked, signed) => asked.Name == signed.Name);
            case "exactReference":
                ImageReference reference = Reference(rule, "dockerReference");
                return new IdentityRule((_, signed) => Exact(reference, signed));
            case "exactRepository":
                ImageReference repository = Reference(rule, "dockerRepository");
                return new IdentityRule((_, signed) => signed.Name == repository.Name);
            case "remapIdentity":
                string prefix = Text(rule, "prefix");
                string signedPrefix = Text(rule, "signedPrefix");
                return new IdentityRule((asked, signed) => Remapped(asked, prefix, signedPrefix) is { } mapped && RepositoryDigestOrExact(mapped, signed));
            default:
                return null;
        }
    }

    /// <summary>A digest is asked for: the repository must be the same. A tag: that too.</summary>
    private static bool RepositoryDigestOrExact(ImageReference asked, ImageReference signed) =>
        asked.Digest is not null ? asked.Name == signed.Name : Exact(asked, signed);

    private static bool Exact(ImageReference asked, ImageReference signed) =>
        asked.Name == signed.Name && asked.Digest == signed.Digest && (asked.Digest is not null || asked.Wanted == signed.Tag);

    private static ImageReference? Remapped(ImageReference asked, string prefix, string signedPrefix)
    {
        bool covered = asked.Name == prefix || asked.Name.StartsWith(prefix + "/", StringComparison.Ordinal);
        return covered && ImageReference.TryParse(signedPrefix + asked.ToString()[prefix.Length..], out ImageReference? mapped, out _) ? mapped
            : covered ? null
            : asked;
    }

    private static ImageReference Reference(JsonElement rule, string key) =>
        ImageReference.TryParse(Text(rule, key), out ImageReference? reference, out _) ? reference! : throw new FormatException($"'{key}' is no name of an image");

    private static string Text(JsonElement rule, string key) => Json.Text(rule, key) ?? throw new FormatException($"signedIdentity has no '{key}'");
}
