using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Build.Composition.Diff;

/// <summary>One of the two things that are compared: an image, the manifest of its build, or both.</summary>
/// <param name="ShownAs">As its user named it.</param>
/// <param name="Folder">Where the manifest and what it names lie.</param>
internal sealed record DiffSide(string ShownAs, string Folder)
{
    private const string ManifestFile = "manifest.json";

    /// <summary>Path of the image; null for a manifest alone.</summary>
    public string? Image { get; init; }

    /// <summary>Of the image; null for a manifest alone.</summary>
    public Sha256? Digest { get; init; }

    public Manifest? Manifest { get; init; }

    /// <summary>What is worth knowing about the choice, in words.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <param name="path">Absolute: a folder with a manifest, a manifest, or an image.</param>
    /// <exception cref="FactoryException">IFH121, IFH122: it is none of these.</exception>
    public static async Task<DiffSide> OpenAsync(string path, string shownAs, CancellationToken cancellation)
    {
        if (Directory.Exists(path))
        {
            Manifest manifest = Read(Path.Combine(path, ManifestFile), shownAs);
            DiffSide side = new(shownAs, path) { Manifest = manifest };
            string? image = manifest.Content.Artifacts.Count > 0 ? Path.Combine(path, manifest.Content.Artifacts[0].File) : null;
            return image is not null && File.Exists(image)
                ? await side.WithImageAsync(image, cancellation).ConfigureAwait(false)
                : side with { Notes = [$"{shownAs}: there is no image beside the manifest"] };
        }

        string folder = Path.GetDirectoryName(path)!;
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            return new DiffSide(shownAs, folder) { Manifest = Read(path, shownAs) };
        if (!File.Exists(path))
            throw new FactoryException(DiffFaults.NotThere(shownAs));
        string beside = Path.Combine(folder, ManifestFile);
        Manifest? found = null;
        if (File.Exists(beside))
        {
            try
            {
                found = Read(beside, beside);
            }
            catch (FactoryException)
            {
                // Another program's manifest: the images are compared without causes.
            }
        }

        return await (new DiffSide(shownAs, folder) { Manifest = found }).WithImageAsync(path, cancellation).ConfigureAwait(false);
    }

    /// <summary>The text of a file that the manifest names, when it is the one that the build made; else null.</summary>
    public string? TextOf(string file)
    {
        ManifestArtifact? artifact = Manifest?.Content.Artifacts.FirstOrDefault(a => a.File == file);
        string path = Path.Combine(Folder, file);
        if (artifact is null || !File.Exists(path))
            return null;
        byte[] bytes = File.ReadAllBytes(path);
        return Sha256.Of(bytes) == artifact.Sha256 ? Encoding.UTF8.GetString(bytes) : null;
    }

    /// <summary>A manifest that is not of this very image says nothing about it.</summary>
    private async Task<DiffSide> WithImageAsync(string image, CancellationToken cancellation)
    {
        Sha256 digest = await Sha256.OfFileAsync(image, cancellation).ConfigureAwait(false);
        bool fits = Manifest?.Content.Artifacts.Any(a => a.Sha256 == digest) == true;
        return this with
        {
            Image = image,
            Digest = digest,
            Manifest = fits ? Manifest : null,
            Notes = Manifest is null || fits ? Notes : [.. Notes, $"{ShownAs}: the manifest beside it is of another image and was not used"],
        };
    }

    private static Manifest Read(string path, string shownAs)
    {
        try
        {
            string text = File.ReadAllText(path);
            return (string?)JsonNode.Parse(text)?["schema"] == Manifest.CurrentSchema
                ? JsonSerializer.Deserialize<Manifest>(text, CanonicalJson.Options)!
                : throw new FactoryException(DiffFaults.BadManifest(shownAs, $"its schema is not {Manifest.CurrentSchema}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(DiffFaults.NotThere(shownAs) with { Detail = e.Message }, e);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new FactoryException(DiffFaults.BadManifest(shownAs, e.Message), e);
        }
    }
}
