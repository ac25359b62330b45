using System.Text.Json.Serialization;
using ImageFactory.Model;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Bundles;

/// <summary>Something that a build would fetch: a disk, a manifest or a blob.</summary>
/// <param name="Digest"><c>sha256:HEX</c>; of images also <c>sha512:HEX</c>.</param>
public sealed record BundledContent(long Size, string Digest)
{
    /// <summary>Below the folder of contents: <c>sha256/HEX</c>.</summary>
    [JsonIgnore]
    public string FileName => Digest.Replace(':', '/');

    internal static ContentDigest DigestOf(Sha256 digest) => ContentDigest.Parse("sha256:" + digest.Hex);
}

/// <summary>What a registry gave for a name.</summary>
/// <param name="Repository">Host and name.</param>
/// <param name="Name">A digest; of signatures a tag.</param>
public sealed record BundledManifest(string Repository, string Name, string MediaType, string Digest);

/// <summary>A container image that no registry has.</summary>
/// <param name="Name"><see cref="Base"/>, or the name by which a recipe or its Containerfile asks the engine for it.</param>
/// <param name="Id">Its id in the engine: <c>sha256:HEX</c>.</param>
/// <param name="Digest">Of its archive; null where only the id is asked for.</param>
public sealed record BundledContainer(string Name, string Id, string? Digest = null)
{
    /// <summary>The name of the one that the system is taken out of; no name of an image is like it.</summary>
    public const string Base = "base";
}
