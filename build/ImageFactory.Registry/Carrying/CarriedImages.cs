using ImageFactory.Registry.References;

namespace ImageFactory.Registry.Carrying;

/// <summary>
/// Images that were taken along from their registries, which are not asked any more. Only kept here: digests are checked by who reads, as those of a registry.
/// </summary>
/// <param name="manifests">What may be asked for by name or digest.</param>
/// <param name="open">The bytes of a manifest or a blob; null when they were not taken along.</param>
public sealed class CarriedImages(IEnumerable<CarriedManifest> manifests, Func<ContentDigest, Stream?> open)
{
    private readonly Dictionary<(string Repository, string Name), CarriedManifest> known = manifests.ToDictionary(m => (m.Repository, m.Name));

    internal CarriedManifest? Find(string repository, string name) => known.GetValueOrDefault((repository, name));

    internal Stream? Open(ContentDigest digest) => open(digest);
}

/// <param name="Repository">Host and name as a recipe has it, also when a mirror gave it.</param>
/// <param name="Name">A digest or a tag.</param>
public sealed record CarriedManifest(string Repository, string Name, string MediaType, ContentDigest Digest);
