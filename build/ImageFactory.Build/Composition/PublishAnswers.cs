using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using ImageFactory.Build.Reporting;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Publishing;
using ImageFactory.Publishing.Running;
using ImageFactory.Recipes;

namespace ImageFactory.Build.Composition;

/// <summary>Works on the destinations of a recipe.</summary>
internal sealed class PublishAnswers : IAsyncDisposable
{
    private const string ManifestFile = "manifest.json";

    private static readonly string[] AttachedKinds = ["measurements", "reference-values", "attestation-policy", "sbom"];

    private readonly FactoryOptions options;
    private readonly LoadedRecipe loaded;
    private readonly IReadOnlyList<PreparedDestination> destinations;
    private readonly PublishRun run;

    public PublishAnswers(FactoryOptions options, LoadedRecipe loaded, IReporter reporter, IProgramRunner programs, TimeProvider time)
    {
        this.options = options;
        this.loaded = loaded;
        if (loaded.Recipe.Publish.Count == 0)
            throw new FactoryException(BuildFaults.NoDestination(options.Recipe));
        PublishSurroundings surroundings = new()
        {
            Environment = options.Environment,
            Time = time,
            Reporter = reporter,
            Processors = options.Jobs,
            Programs = programs,
            Conceal = options.Secrets.Add,
            Registries = RegistryLocations.Find(options),
        };
        if (options.Transport is { } transport)
            surroundings = surroundings with { Transport = transport };
        destinations = PreparedDestination.Of(loaded.Recipe, loaded.Recipe.Publish, loaded.Origins, surroundings);
        run = new PublishRun(Path.Combine(options.Store, "publishing"), reporter, time);
    }

    /// <summary>In the recipe's order.</summary>
    public IReadOnlyList<PreparedDestination> Destinations => destinations;

    /// <summary>Before any image work.</summary>
    /// <exception cref="FactoryException">Everything that would keep the image from being published.</exception>
    public async Task CheckAsync(CancellationToken cancellation) =>
        FactoryException.ThrowIfAny(await PublishRun.CheckAsync(destinations, Describe(), cancellation).ConfigureAwait(false));

    public Task<IReadOnlyList<DestinationResult>> PublishAsync(Manifest manifest, ImageSigning? signing, string folder, CancellationToken cancellation)
    {
        ManifestArtifact disk = manifest.Content.Artifacts.First(a => a.Kind == "disk");
        PublishableImage image = new(Describe(), Path.Combine(folder, disk.File), disk.Sha256)
        {
            Attachments = [.. AttachmentsOf(manifest, folder)],
            Signing = signing,
        };
        return run.PublishAsync(destinations, image, options.FailFast, cancellation);
    }

    public async Task<Answer> UnpublishAsync(string? image, bool force, CancellationToken cancellation)
    {
        Sha256 digest = image is null ? DigestOfLastBuild() : new Sha256(image);
        return Tell(await PublishRun.UnpublishAsync(destinations, digest, force, cancellation).ConfigureAwait(false), "nothing was removed\n");
    }

    public async Task<Answer> CollectAsync(bool remove, CancellationToken cancellation) =>
        Tell(await run.CollectAsync(destinations, remove, cancellation).ConfigureAwait(false), "nothing is left over at the recipe's destinations\n");

    public static string LineOf(DestinationResult result) => result.Publication is { } publication
        ? string.Create(CultureInfo.InvariantCulture, $"{publication.Id}  ({result.Label}: {(publication.Adopted ? "was there already" : ByteSize.Format(publication.BytesSent) + " sent")}, {result.Elapsed.TotalSeconds:0.0} s)")
        : $"{result.Label}: {result.Faults[0].Code}";

    public async ValueTask DisposeAsync()
    {
        foreach (PreparedDestination destination in destinations)
            await destination.DisposeAsync().ConfigureAwait(false);
    }

    private static Answer Tell(RemovalResult result, string nothing)
    {
        StringBuilder text = new();
        foreach (RemovedObject one in result.Objects)
        {
            text.Append(one.Removed ? "removed  " : "found    ").Append(one.Object.Kind).Append(' ').Append(one.Object.Id);
            text.Append(one.Object.Name is null ? "" : $" '{one.Object.Name}'").Append("  (").Append(one.Destination).Append(")\n");
        }

        if (result.Objects.Any(o => !o.Removed))
            text.Append("\nRemove with --remove.\n");
        return new Answer(result.Objects.Count == 0 ? nothing : text.ToString())
        {
            Faults = result.Faults,
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartArray();
                foreach (RemovedObject one in result.Objects)
                {
                    json.WriteStartObject();
                    json.WriteString("destination", one.Destination);
                    json.WriteString("kind", one.Object.Kind);
                    json.WriteString("id", one.Object.Id);
                    json.WriteBoolean("removed", one.Removed);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }),
        };
    }

    /// <summary>What verifiers need, and of the manifest the part that is the same for every build of this image.</summary>
    private static IEnumerable<Attachment> AttachmentsOf(Manifest manifest, string folder)
    {
        foreach (ManifestArtifact artifact in manifest.Content.Artifacts.Where(a => AttachedKinds.Contains(a.Kind)))
            yield return new Attachment(artifact.Kind, artifact.File, File.ReadAllBytes(Path.Combine(folder, artifact.File)));
        string content = CanonicalJson.Write(new { manifest.Schema, manifest.Content });
        yield return new Attachment("manifest", ManifestFile, Encoding.UTF8.GetBytes(content));
    }

    private ImageDescription Describe() => new()
    {
        Recipe = loaded.Recipe.Name,
        RecipeDigest = loaded.Digest,
        Architecture = loaded.Recipe.Architecture,
        Text = loaded.Recipe.Description,
        SecureBootCertificate = loaded.Recipe.SecureBoot is { } secureBoot ? ReadCertificate(secureBoot.Certificate) : null,
    };

    // That it can be read was found out when the stages were put together.
    private static byte[] ReadCertificate(SourcePath path)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(path.FullPath);
        return certificate.RawData;
    }

    private Sha256 DigestOfLastBuild()
    {
        string path = Path.Combine(options.Output, BuildSession.FolderNameOf(loaded.Recipe), ManifestFile);
        try
        {
            return JsonSerializer.Deserialize<Manifest>(File.ReadAllText(path), CanonicalJson.Options)!.Content.Artifacts.First(a => a.Kind == "disk").Sha256;
        }
        catch (Exception e) when (e is IOException or JsonException or InvalidOperationException or UnauthorizedAccessException)
        {
            throw new FactoryException(BuildFaults.NoBuild(path), e);
        }
    }
}
