using System.Text.Json.Serialization;
using ImageFactory.Assembly.Payload;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Locking;

/// <summary>A file, a folder or an image that a build reads.</summary>
/// <param name="Name">Key of the recipe (<c>payload[0]</c>), overlay tree, or <c>image REFERENCE</c>.</param>
/// <param name="Digest"><c>sha256:HEX</c>: of a file's bytes, of a folder's tree, or what an image's reference stands for.</param>
public sealed record LockedInput(string Name, string Digest)
{
    public const string ImagePrefix = "image ";
    private const string Sha256Prefix = "sha256:";

    public static LockedInput Of(string name, Sha256 digest) => new(name, Sha256Prefix + digest.Hex);

    [JsonIgnore]
    public bool IsImage => Name.StartsWith(ImagePrefix, StringComparison.Ordinal);

    /// <summary>Images may have digests of another kind.</summary>
    internal bool IsDigest => ContentDigest.TryParse(Digest, out _) && (IsImage || Digest.StartsWith(Sha256Prefix, StringComparison.Ordinal));

    /// <summary>What lies at a path that a recipe names; null when nothing does.</summary>
    public static async Task<LockedInput?> OfPathAsync(string name, SourcePath path, CancellationToken cancellation)
    {
        if (File.Exists(path.FullPath))
            return Of(name, await Sha256.OfFileAsync(path.FullPath, cancellation).ConfigureAwait(false));
        if (!Directory.Exists(path.FullPath))
            return null;
        FileTree tree = HostTreeReader.Read(path, "/", PayloadOwner.Root, cancellation).Tree;
        return Of(name, await TreeDigest.OfAsync(tree, cancellation).ConfigureAwait(false));
    }
}
