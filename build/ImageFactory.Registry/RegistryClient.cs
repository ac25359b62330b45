using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Registry.Authentication;
using ImageFactory.Registry.Configuration;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;
using ImageFactory.Registry.Signatures;
using ImageFactory.Registry.Transport;

namespace ImageFactory.Registry;

/// <summary>
/// Pulls from OCI registries: finds an image by tag or digest, at mirrors too, checks its signature where the machine's policy demands one, and
/// streams its blobs; and opens repositories to push to. Holds connections and tokens; dispose it after use.
/// </summary>
public sealed class RegistryClient : IDisposable
{
    /// <summary>What registries accept at least; larger manifests are pushed by nobody.</summary>
    private const int MostManifestBytes = 4 << 20;

    private static readonly string[] Accepted = [MediaTypes.OciManifest, MediaTypes.OciIndex, MediaTypes.DockerManifest, MediaTypes.DockerList];

    private readonly RegistrySettings settings;
    private readonly TimeProvider time;
    private readonly AuthFiles credentials;
    private readonly RegistriesConfiguration registries;
    private readonly SignaturePolicy policy;
    private readonly ConcurrentDictionary<(string Host, bool Insecure), RegistryHost> hosts = new();

    /// <exception cref="FactoryException">IFO201 to IFO207: this machine's files about registries are wrong; all faults at once.</exception>
    public RegistryClient(RegistrySettings settings, TimeProvider time)
    {
        this.settings = settings;
        this.time = time;
        List<Fault> faults = [];
        credentials = Loaded(() => AuthFiles.Load(settings.AuthFiles, settings.Cluster, settings.Conceal));
        registries = Loaded(() => RegistriesConfiguration.Load(settings.RegistriesFile, settings.RegistriesFolder));
        policy = Loaded(() => SignaturePolicy.Load(settings.PolicyFile));
        FactoryException.ThrowIfAny(faults);

        T Loaded<T>(Func<T> load)
        {
            try
            {
                return load();
            }
            catch (FactoryException e)
            {
                faults.AddRange(e.Faults);
                return default!;
            }
        }
    }

    /// <summary>Finds the image for a machine. Nothing but manifests and signatures is fetched.</summary>
    /// <exception cref="FactoryException">IFO1xx to IFO6xx.</exception>
    public async Task<ResolvedImage> ResolveAsync(ImageReference reference, Architecture architecture, CancellationToken cancellation)
    {
        List<Fault> faults = [];
        foreach (PullSource source in registries.SourcesOf(reference))
        {
            try
            {
                return await ResolveAtAsync(ConnectTo(source), reference, architecture, cancellation).ConfigureAwait(false);
            }
            catch (FactoryException e) when (!e.Faults.Any(IsFinal))
            {
                faults.AddRange(e.Faults);
            }
        }

        // The last one is the registry itself: what it says counts, mirrors only explain.
        throw new FactoryException([.. faults.AsEnumerable().Reverse()]);
    }

    /// <summary>The repository of a reference, to push to: always the registry's own, never a mirror. Asks nothing yet.</summary>
    /// <exception cref="FactoryException">IFO203, IFO206.</exception>
    public Repository OpenRepository(ImageReference reference) => new(ConnectTo(registries.SourcesOf(reference)[^1]), settings, time);

    /// <summary>A blob as a stream; see <see cref="BlobStream"/> for when its bytes may be believed.</summary>
    /// <param name="progress">Told how many bytes have come.</param>
    public BlobStream OpenBlob(ResolvedImage image, Descriptor blob, Action<long>? progress = null) => new(image.Connection, blob, settings, time, progress);

    /// <summary>A small blob as a whole.</summary>
    /// <exception cref="FactoryException">IFO408: it is larger than <paramref name="most"/>; else as streaming.</exception>
    public Task<byte[]> ReadBlobAsync(ResolvedImage image, Descriptor blob, int most, CancellationToken cancellation) => ReadBlobAsync(image.Connection, blob, most, cancellation);

    public void Dispose()
    {
        foreach (RegistryHost host in hosts.Values)
            host.Dispose();
    }

    private RepositoryConnection ConnectTo(PullSource source)
    {
        RegistryHost host = hosts.GetOrAdd((source.Reference.Host, source.Insecure), key => new RegistryHost(key.Host, key.Insecure, settings, time));
        return RepositoryConnection.Of(host, source.Reference, credentials, time);
    }

    /// <summary>A blocked or unsigned image is not looked for elsewhere.</summary>
    private static bool IsFinal(Fault fault) => fault.Code.StartsWith("IFO6", StringComparison.Ordinal) || fault.Code == "IFO205";

    private async Task<ResolvedImage> ResolveAtAsync(RepositoryConnection connection, ImageReference reference, Architecture architecture, CancellationToken cancellation)
    {
        FetchedManifest top = await FetchAsync(connection, reference.Wanted, reference.Digest, cancellation).ConfigureAwait(false);
        List<Fault> warnings = [];
        FetchedManifest chosen = top;
        if (MediaTypes.IsIndex(top.MediaType))
        {
            ImageIndex index = Read(top, ImageIndex.Read);
            Descriptor found = index.For(architecture)?.Manifest
                ?? throw new FactoryException(ContentFaults.NoPlatform(reference.ToString(), ImageIndex.NameOf(architecture), index.Entries.Select(e => e.Platform)));
            chosen = await FetchAsync(connection, found.Digest.ToString(), found.Digest, cancellation).ConfigureAwait(false);
        }

        if (!MediaTypes.IsManifest(chosen.MediaType))
            throw new FactoryException(ContentFaults.UnknownType(chosen.Where, chosen.MediaType));
        ImageManifest manifest = Read(chosen, root => ImageManifest.Read(root, chosen.MediaType));
        if (ReferenceEquals(top, chosen) && !manifest.IsArtifact && await OtherPlatformAsync(connection, manifest, architecture, cancellation).ConfigureAwait(false) is { } other)
            warnings.Add(ContentFaults.OtherPlatform(reference.ToString(), ImageIndex.NameOf(architecture), other));

        SignatureCheck check = new(
            reference,
            (name, token) => FetchAsync(connection, name, null, token),
            (blob, most, token) => ReadBlobAsync(connection, blob, most, token));
        warnings.AddRange(await policy.RuleFor(reference).CheckAsync(check, [top.Digest, chosen.Digest], cancellation).ConfigureAwait(false));
        return new ResolvedImage(reference, top.Digest, chosen.Digest, manifest, warnings) { Connection = connection };
    }

    private async Task<string?> OtherPlatformAsync(RepositoryConnection connection, ImageManifest manifest, Architecture architecture, CancellationToken cancellation)
    {
        byte[] config = await ReadBlobAsync(connection, manifest.Config, MostManifestBytes, cancellation).ConfigureAwait(false);
        try
        {
            using JsonDocument document = JsonDocument.Parse(config);
            string? found = Json.Text(document.RootElement, "architecture");
            return found is null || found == ImageIndex.NameOf(architecture) ? null : $"{Json.Text(document.RootElement, "os") ?? "?"}/{found}";
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new FactoryException(ContentFaults.BadManifest($"{connection.Name}@{manifest.Config.Digest}", "its config is no JSON object"), e);
        }
    }

    internal static async Task<FetchedManifest> FetchAsync(RepositoryConnection connection, string name, ContentDigest? wanted, CancellationToken cancellation)
    {
        string where = connection.Name + (wanted is null ? ":" : "@") + name;
        using HttpResponseMessage answer = await connection.SendAsync(
            HttpMethod.Get,
            "manifests/" + name,
            "pull",
            request =>
            {
                foreach (string type in Accepted)
                    request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
            },
            where,
            cancellation).ConfigureAwait(false);
        byte[] body;
        try
        {
            body = await Bodies.ReadAsync(answer, MostManifestBytes, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new FactoryException(ServiceFaults.Broken(where, 0, answer.Content.Headers.ContentLength ?? 0, e.Message), e);
        }

        if (body.Length > MostManifestBytes)
            throw new FactoryException(ContentFaults.TooLarge(where, MostManifestBytes));
        if (wanted is { } digest && !digest.Matches(body))
            throw new FactoryException(ContentFaults.WrongManifestDigest(where, ContentDigest.Of(body).ToString()));
        return new FetchedManifest(where, body, wanted ?? ContentDigest.Of(body), TypeOf(where, body, answer.Content.Headers.ContentType?.MediaType));
    }

    /// <summary>The type that the manifest names itself, which its digest covers; else what the registry says.</summary>
    private static string TypeOf(string where, byte[] body, string? header)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            string? own = Json.Text(document.RootElement, "mediaType");
            string type = own ?? header ?? "";
            if (MediaTypes.IsIndex(type) || MediaTypes.IsManifest(type))
                return type;
            return own is null && document.RootElement.TryGetProperty("layers", out _) ? MediaTypes.OciManifest : throw new FactoryException(ContentFaults.UnknownType(where, type));
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new FactoryException(ContentFaults.BadManifest(where, "it is no JSON object"), e);
        }
    }

    internal static T Read<T>(FetchedManifest manifest, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(manifest.Body);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new FactoryException(ContentFaults.BadManifest(manifest.Where, e.Message), e);
        }
    }

    private Task<byte[]> ReadBlobAsync(RepositoryConnection connection, Descriptor blob, int most, CancellationToken cancellation) =>
        BlobStream.ReadAllAsync(connection, blob, most, settings, time, cancellation);
}

/// <summary>A manifest as the registry gave it, its digest checked.</summary>
/// <param name="Where">How faults call it.</param>
/// <param name="Body">Byte for byte.</param>
public sealed record FetchedManifest(string Where, byte[] Body, ContentDigest Digest, string MediaType)
{
    public bool IsIndex => MediaTypes.IsIndex(MediaType);

    public Descriptor Descriptor => new(MediaType, Digest, Body.Length);

    /// <exception cref="FactoryException">IFO401: it is none.</exception>
    public ImageManifest ToManifest() => RegistryClient.Read(this, root => ImageManifest.Read(root, MediaType));

    /// <exception cref="FactoryException">IFO401: it is none.</exception>
    public ImageIndex ToIndex() => RegistryClient.Read(this, ImageIndex.Read);
}
