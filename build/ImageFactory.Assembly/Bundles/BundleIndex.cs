using System.Text.Json;
using System.Text.Json.Serialization;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Bundles;

/// <summary>
/// What a bundle holds: its first file, <c>bundle.json</c>. Everything else in the archive is named here with its digest, so that the digest of this file stands for the
/// whole bundle.
/// </summary>
public sealed record BundleIndex
{
    public const int CurrentFormat = 1;
    public const string FileName = "bundle.json";

    /// <summary>Folder of the recipe's files inside the archive, in the order in which they lay to each other.</summary>
    public const string FilesFolder = "files";

    /// <summary>Folder of the packages: <c>SHA256.deb</c>.</summary>
    public const string PackagesFolder = "packages";

    /// <summary>Folder of what the build would fetch beside packages: <c>sha256/HEX</c>. In order of names it stands behind the list.</summary>
    public const string ContentFolder = "content";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public int Format { get; init; } = CurrentFormat;

    /// <summary>Version of the factory that packed it.</summary>
    public required string Factory { get; init; }

    /// <summary>The recipe, below <see cref="FilesFolder"/>.</summary>
    public required string Recipe { get; init; }

    /// <summary>By path, below <see cref="FilesFolder"/>.</summary>
    public required IReadOnlyList<BundledFile> Files { get; init; }

    /// <summary>By digest.</summary>
    public required IReadOnlyList<BundledPackage> Packages { get; init; }

    /// <summary>By digest.</summary>
    public IReadOnlyList<BundledContent> Content { get; init; } = [];

    /// <summary>By repository and name: what is asked of registries.</summary>
    public IReadOnlyList<BundledManifest> Images { get; init; } = [];

    /// <summary>By name: what only a container engine had.</summary>
    public IReadOnlyList<BundledContainer> Containers { get; init; } = [];

    public byte[] ToUtf8() => [.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n'];

    /// <param name="bundle">Named in faults.</param>
    /// <exception cref="FactoryException">It is no list of a bundle, or one that leads out of its folders.</exception>
    public static BundleIndex Parse(ReadOnlySpan<byte> json, string bundle)
    {
        BundleIndex index;
        try
        {
            index = JsonSerializer.Deserialize<BundleIndex>(json, Json) ?? throw new JsonException("it is empty");
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException)
        {
            throw new FactoryException(FormatOf(json) is { } other && other != CurrentFormat ? BundleFaults.OtherFormat(bundle, other) : BundleFaults.BadIndex(bundle, e.Message), e);
        }

        if (index.Format != CurrentFormat)
            throw new FactoryException(BundleFaults.OtherFormat(bundle, index.Format));
        if (index.Problem() is { } problem)
            throw new FactoryException(BundleFaults.BadIndex(bundle, problem));
        return index;
    }

    /// <summary>A later format may have other members; its number is told all the same.</summary>
    private static int? FormatOf(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(json) is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("format", out JsonElement format) && format.TryGetInt32(out int number)
                ? number
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private string? Problem()
    {
        string? before = null;
        HashSet<string> leaves = new(StringComparer.Ordinal);
        foreach (BundledFile file in Files)
        {
            if (file is null)
                return "an entry is null";
            if (!TreePath.TryNormalise("/" + file.Path, out string? path, out string? problem))
                return $"'{file.Path}' {problem}";
            if (path != "/" + file.Path || file.Path.Length == 0)
                return $"'{file.Path}' is not written plainly";
            if (before is not null && string.CompareOrdinal(before, file.Path) >= 0)
                return $"'{file.Path}' stands behind '{before}'";
            if (AncestorsOf(file.Path).Any(leaves.Contains))
                return $"'{file.Path}' lies below what is no folder";
            if (file.Problem() is { } wrong)
                return $"'{file.Path}' {wrong}";
            if (!file.IsFolder)
                leaves.Add(file.Path);
            before = file.Path;
        }

        if (Packages.Any(p => p is null || p.Size < 0) || Packages.Zip(Packages.Skip(1)).Any(p => string.CompareOrdinal(p.First.Sha256.Hex, p.Second.Sha256.Hex) >= 0))
            return "its packages are not in order";
        if (ProblemOfContent() is { } unfit)
            return unfit;
        return Files.Any(f => f.Path == Recipe && f.Sha256 is not null) ? null : $"the recipe '{Recipe}' is not among its files";
    }

    private string? ProblemOfContent()
    {
        if (Content.FirstOrDefault(c => c is null || c.Size < 0 || !ContentDigest.TryParse(c.Digest, out _)) is { } odd)
            return $"'{odd.Digest}' is no content";
        if (Content.Contains(null) || Content.Zip(Content.Skip(1)).Any(c => string.CompareOrdinal(c.First.Digest, c.Second.Digest) >= 0))
            return "its contents are not in order";
        HashSet<string> held = [.. Content.Select(c => c.Digest)];
        if (Images.Contains(null) || Images.FirstOrDefault(i => !held.Contains(i.Digest) || !System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(i.MediaType, out _)) is not null)
            return "an image is not among its contents";
        if (Images.Zip(Images.Skip(1)).Any(i => Compare(i.First, i.Second) >= 0))
            return "its images are not in order";
        if (Containers.Contains(null) || Containers.Any(c => !ContentDigest.TryParse(c.Id, out _) || (c.Digest is not null && !held.Contains(c.Digest))))
            return "a container is not among its contents";
        return Containers.Zip(Containers.Skip(1)).Any(c => string.CompareOrdinal(c.First.Name, c.Second.Name) >= 0) ? "its containers are not in order" : null;
    }

    /// <summary>The order of images.</summary>
    internal static int Compare(BundledManifest left, BundledManifest right) =>
        string.CompareOrdinal(left.Repository, right.Repository) is not 0 and int order ? order : string.CompareOrdinal(left.Name, right.Name);

    private static IEnumerable<string> AncestorsOf(string path)
    {
        for (int at = path.IndexOf('/', StringComparison.Ordinal); at >= 0; at = path.IndexOf('/', at + 1))
            yield return path[..at];
    }
}

/// <summary>A file (with size and digest), a symbolic link (with its target) or a folder (with neither).</summary>
/// <param name="Path">Relative, with slashes.</param>
/// <param name="Mode">Permission bits; of a link null.</param>
public sealed record BundledFile(string Path, int? Mode = null, long? Size = null, Sha256? Sha256 = null, string? Link = null)
{
    [JsonIgnore]
    public bool IsFolder => Size is null && Link is null;

    internal string? Problem() => (Size, Sha256, Link, Mode) switch
    {
        ( >= 0, not null, null, >= 0 and <= 511) => null,
        (null, null, { Length: > 0 }, null) => null,
        (null, null, null, >= 0 and <= 511) => null,
        _ => "is neither file nor folder nor link",
    };
}

/// <param name="Name">For people.</param>
public sealed record BundledPackage(string Name, long Size, Sha256 Sha256)
{
    [JsonIgnore]
    public string FileName => Sha256.Hex + ".deb";
}
