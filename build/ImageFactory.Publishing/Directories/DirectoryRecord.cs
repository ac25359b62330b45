using System.Text.Json;
using System.Text.Json.Serialization;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Publishing.Directories;

/// <summary>What lies beside the files of an image (<c>NAME.imagefactory.json</c>): whose they are, of which image, and their digests.</summary>
internal sealed record DirectoryRecord(string Owner, Sha256 Image, Sha256 RecipeDigest, IReadOnlyDictionary<string, string> Tags, IReadOnlyList<DirectoryFile> Files)
{
    public const string Ending = ".imagefactory.json";

    /// <returns>Null when there is no such file or it is none of ours.</returns>
    public static DirectoryRecord? TryRead(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<DirectoryRecord>(File.ReadAllText(path), CanonicalJson.Strict) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public string ToText() => CanonicalJson.Write(this);
}

/// <param name="Name">Without folder.</param>
/// <param name="Size">Bytes, holes among them.</param>
/// <param name="Sha256">Of all bytes.</param>
internal sealed record DirectoryFile(string Name, long Size, Sha256 Sha256)
{
    [JsonIgnore]
    public string SumLine => $"{Sha256}  {Name}\n";
}
