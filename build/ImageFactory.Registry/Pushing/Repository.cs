using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.References;
using ImageFactory.Registry.Transport;

namespace ImageFactory.Registry.Pushing;

/// <summary>A repository that is pushed to: its blobs, manifests, tags, and what is attached to manifests. Good as long as the client that opened it.</summary>
public sealed class Repository
{
    private const string Pull = "pull";
    private const string Push = "pull,push";
    private const string Delete = "pull,push,delete";

    /// <summary>A list that others change at the same time is read and written again this often.</summary>
    private const int ListAttempts = 8;

    private readonly RepositoryConnection connection;
    private readonly RegistrySettings settings;
    private readonly TimeProvider time;

    internal Repository(RepositoryConnection connection, RegistrySettings settings, TimeProvider time)
    {
        this.connection = connection;
        this.settings = settings;
        this.time = time;
    }

    /// <summary>Host and name.</summary>
    public string Name => connection.Name;

    /// <summary>Finds out whether these credentials may push, by an upload that is begun and given up.</summary>
    /// <exception cref="FactoryException">IFO3xx: they may not, or the registry cannot be asked.</exception>
    public async Task CheckPushAsync(CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await connection.SendAsync(HttpMethod.Post, "blobs/uploads/", Push, request => request.Content = new ByteArrayContent([]), Name, cancellation).ConfigureAwait(false);
        if (answer.Headers.Location is { } location)
            await BlobUpload.CancelAsync(connection, location.OriginalString, cancellation).ConfigureAwait(false);
    }

    /// <summary>Whether the blob is there as a whole.</summary>
    public async Task<bool> HasBlobAsync(Descriptor blob, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await AskAsync(HttpMethod.Head, $"blobs/{blob.Digest}", Push, cancellation).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return false;
        if (!answer.IsSuccessStatusCode)
            throw await connection.RefusalAsync(answer, Where(blob.Digest), cancellation).ConfigureAwait(false);
        return answer.Content.Headers.ContentLength is not { } length || length == blob.Size;
    }

    /// <summary>Takes a blob over from another repository of the same registry, without sending it.</summary>
    /// <param name="from">That repository's name without the host.</param>
    /// <returns>False when it is not there, may not be read, or the registry does not do this.</returns>
    public async Task<bool> MountAsync(Descriptor blob, string from, CancellationToken cancellation)
    {
        RepositoryRequest request = new(HttpMethod.Post, $"blobs/uploads/?mount={Uri.EscapeDataString(blob.Digest.ToString())}&from={Uri.EscapeDataString(from)}", Push)
        {
            AlsoReads = from,
            Prepare = r => r.Content = new ByteArrayContent([]),
        };
        using HttpResponseMessage answer = await connection.AskAsync(request, Where(blob.Digest), cancellation).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.Created)
            return true;

        // An ordinary upload was begun instead.
        if (answer.StatusCode == HttpStatusCode.Accepted && answer.Headers.Location is { } location)
            await BlobUpload.CancelAsync(connection, location.OriginalString, cancellation).ConfigureAwait(false);
        return false;
    }

    /// <summary>Sends a blob.</summary>
    /// <param name="session">Address of an upload that an earlier run began.</param>
    /// <param name="began">Told the upload's address whenever it changes. It may work like a key: keep it where only its owner reads.</param>
    /// <param name="progress">Bytes that were sent.</param>
    /// <returns>Bytes that were sent, those that had to be sent again among them.</returns>
    /// <exception cref="FactoryException">IFO3xx, IFO801 to IFO804; what reading the blob threw.</exception>
    public Task<long> PushBlobAsync(BlobToPush blob, string? session, Action<string>? began, Action<long>? progress, CancellationToken cancellation) =>
        new BlobUpload(connection, settings, time, blob) { Began = began, Progress = progress }.RunAsync(session, token => HasBlobAsync(blob.Descriptor, token), cancellation);

    /// <summary>Ends an upload that nobody goes on with.</summary>
    public Task CancelUploadAsync(string session, CancellationToken cancellation) => BlobUpload.CancelAsync(connection, session, cancellation);

    /// <summary>A small blob as a whole, its digest checked.</summary>
    /// <exception cref="FactoryException">IFO3xx, IFO4xx.</exception>
    public Task<byte[]> ReadBlobAsync(Descriptor blob, int most, CancellationToken cancellation) =>
        BlobStream.ReadAllAsync(connection, blob, most, settings, time, cancellation);

    /// <summary>The manifest or index under a tag or digest; null when there is none.</summary>
    public async Task<FetchedManifest?> FindManifestAsync(string name, CancellationToken cancellation)
    {
        try
        {
            return await RegistryClient.FetchAsync(connection, name, ContentDigest.TryParse(name, out ContentDigest digest) ? digest : null, cancellation).ConfigureAwait(false);
        }
        catch (FactoryException e) when (e.Faults is [{ Code: "IFO304" }])
        {
            return null;
        }
    }

    /// <summary>Stores a manifest under its digest, or under a tag, which then names it.</summary>
    /// <param name="name">A tag; null for the digest alone.</param>
    /// <returns>Whether the registry lists it at the manifest that is its subject; if not, <see cref="ListReferrerAsync"/> must.</returns>
    /// <exception cref="FactoryException">IFO3xx, IFO804, IFO805.</exception>
    public async Task<bool> PutManifestAsync(string? name, string mediaType, byte[] body, CancellationToken cancellation)
    {
        string digest = ContentDigest.Of(body).ToString();
        string where = $"{Name}{(name is null ? "@" + digest : ":" + name)}";
        RepositoryRequest request = new(HttpMethod.Put, $"manifests/{name ?? digest}", Push)
        {
            Prepare = r => r.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } },
        };
        for (int attempt = 1; ; attempt++)
        {
            using HttpResponseMessage answer = await connection.AskAsync(request, where, cancellation).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode)
                return IsSubjectKnown(answer, where, digest);
            FactoryException refusal = await connection.RefusalAsync(answer, where, cancellation).ConfigureAwait(false);
            if (answer.StatusCode == HttpStatusCode.RequestEntityTooLarge)
                throw new FactoryException(PushFaults.TooLarge(where, body.Length, refusal.Faults[0].Detail));

            // Also said of blobs that are there, while another pushes the same ones: docker-registry writes its links in place.
            if (refusal.Faults[0].Detail?.Contains("MANIFEST_BLOB_UNKNOWN", StringComparison.Ordinal) != true || attempt >= settings.Attempts)
                throw refusal;
            await Task.Delay(RetryRule.Pause(settings, attempt, answer, time), time, cancellation).ConfigureAwait(false);
        }
    }

    private static bool IsSubjectKnown(HttpResponseMessage answer, string where, string digest)
    {
        if (HeaderOf(answer, "Docker-Content-Digest") is { } stored && stored != digest)
            throw new FactoryException(PushFaults.OtherDigest(where, stored));
        return HeaderOf(answer, "OCI-Subject") is not null;
    }

    /// <summary>Removes a manifest and with it all tags that name it. Absent is a success.</summary>
    /// <exception cref="FactoryException">IFO806: the registry does not allow it; IFO3xx.</exception>
    public async Task DeleteManifestAsync(ContentDigest digest, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await AskAsync(HttpMethod.Delete, $"manifests/{digest}", Delete, cancellation).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.NotFound)
            return;
        FactoryException refusal = await connection.RefusalAsync(answer, Where(digest), cancellation).ConfigureAwait(false);
        throw answer.StatusCode is HttpStatusCode.MethodNotAllowed or HttpStatusCode.BadRequest
            ? new FactoryException(PushFaults.NoDeletion(Where(digest), refusal.Faults[0].Detail))
            : refusal;
    }

    /// <summary>All tags; none when the repository does not exist yet.</summary>
    public async Task<IReadOnlyList<string>> TagsAsync(CancellationToken cancellation)
    {
        List<string> tags = [];
        string? next = "tags/list?n=1000";
        while (next is not null)
        {
            using HttpResponseMessage answer = await AskAsync(HttpMethod.Get, next, Pull, cancellation).ConfigureAwait(false);
            if (answer.StatusCode == HttpStatusCode.NotFound)
                return tags;
            using JsonDocument page = await ReadAsync(answer, $"{Name} tags", cancellation).ConfigureAwait(false);
            tags.AddRange(Json.List(page.RootElement, "tags").Select(t => t.GetString() ?? ""));
            next = NextOf(answer);
        }

        return tags;
    }

    /// <summary>Manifests whose subject is this one: by the registry's own list where it keeps one, else by the tag that stands for it.</summary>
    public async Task<IReadOnlyList<Descriptor>> ReferrersAsync(ContentDigest subject, CancellationToken cancellation)
    {
        List<Descriptor> found = [];
        string? next = $"referrers/{subject}";
        while (next is not null)
        {
            using HttpResponseMessage answer = await AskAsync(HttpMethod.Get, next, Pull, cancellation).ConfigureAwait(false);
            if (answer.StatusCode == HttpStatusCode.NotFound)
                return (await ListedAsync(subject, cancellation).ConfigureAwait(false)).Entries;
            using JsonDocument page = await ReadAsync(answer, Where(subject), cancellation).ConfigureAwait(false);
            found.AddRange(ImageIndex.Read(page.RootElement).Entries.Select(e => e.Manifest));
            next = NextOf(answer);
        }

        return found;
    }

    /// <summary>Keeps the list of referrers for a registry that keeps none (distribution specification, "Referrers tag schema").</summary>
    /// <exception cref="FactoryException">IFO807, IFO808, IFO3xx.</exception>
    public Task ListReferrerAsync(ContentDigest subject, Descriptor referrer, CancellationToken cancellation) =>
        ChangeListAsync(subject, list => list.Any(d => d.Digest == referrer.Digest) ? list : [.. list, referrer], list => list.Any(d => d.Digest == referrer.Digest), cancellation);

    /// <summary>Takes a referrer off the list; a list without entries goes.</summary>
    /// <exception cref="FactoryException">IFO806 to IFO808, IFO3xx.</exception>
    public Task UnlistReferrerAsync(ContentDigest subject, ContentDigest referrer, CancellationToken cancellation) =>
        ChangeListAsync(subject, list => [.. list.Where(d => d.Digest != referrer)], list => list.All(d => d.Digest != referrer), cancellation);

    /// <summary>The tag that lists what refers to a manifest.</summary>
    public static string ListTagOf(ContentDigest subject) => $"{subject.Algorithm}-{subject.Encoded[..Math.Min(64, subject.Encoded.Length)]}";

    private async Task ChangeListAsync(
        ContentDigest subject, Func<IReadOnlyList<Descriptor>, IReadOnlyList<Descriptor>> change, Func<IReadOnlyList<Descriptor>, bool> holds, CancellationToken cancellation)
    {
        string tag = ListTagOf(subject);
        for (int attempt = 1; attempt <= ListAttempts; attempt++)
        {
            (ContentDigest? digest, IReadOnlyList<Descriptor> before) = await ListedAsync(subject, cancellation).ConfigureAwait(false);
            if (holds(before))
                return;
            IReadOnlyList<Descriptor> after = change(before);
            if (after.Count > 0)
                await PutManifestAsync(tag, MediaTypes.OciIndex, ManifestText.Index(after.Select(d => (d, (string?)null)), null), cancellation).ConfigureAwait(false);
            if (digest is { } superseded)
                await DropListAsync(superseded, isLast: after.Count == 0, cancellation).ConfigureAwait(false);

            // Two writers at the same time lose what one of them wrote: who finds so writes again.
        }

        throw new FactoryException(PushFaults.ListLost(Name, tag));
    }

    /// <summary>A list that was replaced has no tag any more; where it cannot be deleted it does no harm.</summary>
    private async Task DropListAsync(ContentDigest list, bool isLast, CancellationToken cancellation)
    {
        try
        {
            await DeleteManifestAsync(list, cancellation).ConfigureAwait(false);
        }
        catch (FactoryException e) when (!isLast && e.Faults is [{ Code: "IFO806" or "IFO303" }])
        {
        }
    }

    private async Task<(ContentDigest? Digest, IReadOnlyList<Descriptor> Entries)> ListedAsync(ContentDigest subject, CancellationToken cancellation)
    {
        string tag = ListTagOf(subject);
        if (await FindManifestAsync(tag, cancellation).ConfigureAwait(false) is not { } found)
            return (null, []);
        return found.IsIndex
            ? (found.Digest, [.. found.ToIndex().Entries.Select(e => e.Manifest)])
            : throw new FactoryException(PushFaults.FallbackTaken(Name, tag));
    }

    private Task<HttpResponseMessage> AskAsync(HttpMethod method, string target, string actions, CancellationToken cancellation) =>
        connection.AskAsync(new RepositoryRequest(method, target, actions), Name, cancellation);

    private async Task<JsonDocument> ReadAsync(HttpResponseMessage answer, string where, CancellationToken cancellation)
    {
        const int Most = 4 << 20;
        if (!answer.IsSuccessStatusCode)
            throw await connection.RefusalAsync(answer, where, cancellation).ConfigureAwait(false);
        try
        {
            return JsonDocument.Parse(await Bodies.ReadAsync(answer, Most, cancellation).ConfigureAwait(false));
        }
        catch (JsonException e)
        {
            throw new FactoryException(ContentFaults.BadManifest(where, "it is no JSON object"), e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new FactoryException(ServiceFaults.Broken(where, 0, answer.Content.Headers.ContentLength ?? 0, e.Message), e);
        }
    }

    private string Where(ContentDigest digest) => $"{Name}@{digest}";

    private static string? HeaderOf(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : null;

    /// <summary><c>Link: &lt;address&gt;; rel="next"</c>.</summary>
    private static string? NextOf(HttpResponseMessage answer) =>
        HeaderOf(answer, "Link") is { } link && link.StartsWith('<') && link.Contains("next", StringComparison.Ordinal) ? link[1..link.IndexOf('>', StringComparison.Ordinal)] : null;
}
