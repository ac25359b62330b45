using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace ImageFactory.Testing.Registry;

/// <summary>What is pushed, listed and deleted.</summary>
public sealed partial class FakeRegistry
{
    private const string EmptyType = "application/vnd.oci.empty.v1+json";

    private readonly ConcurrentDictionary<string, Upload> uploads = new();
    private int sessions;

    /// <summary>Keeps lists of referrers itself, as the specification has it since 1.1.</summary>
    public bool HasReferrers { get; set; } = true;

    /// <summary>Manifests cannot be deleted: what docker-registry is like unless it is told otherwise.</summary>
    public bool ForbidsDeletion { get; set; }

    /// <summary>Takes no pieces: a body with Content-Range is refused.</summary>
    public bool ForbidsPieces { get; set; }

    /// <summary>The least size of all pieces but the last.</summary>
    public long? LeastPiece { get; set; }

    /// <summary>Uploads are addressed from the root, not by a whole address.</summary>
    public bool HasRelativeLocations { get; set; }

    /// <summary>How many bytes of a body are taken before the connection breaks; asked once per upload request.</summary>
    public Func<HttpContext, long?>? BreakAfter { get; set; }

    /// <summary>Bytes of blobs that came in.</summary>
    public long Received { get; private set; }

    /// <summary>The request is acted on and its answer lost, once for each request that this is true of.</summary>
    public Func<HttpContext, bool>? Lose { get; set; }

    /// <summary>As another client of the registry would, with all tags.</summary>
    public bool RemoveManifest(string repository, string name)
    {
        if (!manifests.TryGetValue($"{repository}@{name}", out (string Type, byte[] Body) found))
            return false;
        foreach (string key in manifests.Where(m => m.Key.StartsWith(repository + "@", StringComparison.Ordinal) && m.Value.Body.AsSpan().SequenceEqual(found.Body)).Select(m => m.Key))
            manifests.TryRemove(key, out _);
        return true;
    }

    public void ForgetUploads() => uploads.Clear();

    public int OpenUploads => uploads.Count;

    /// <summary>Manifests by digest and tags, in order; blobs are the registry's own to collect.</summary>
    public IReadOnlyList<string> Everything() => [.. manifests.Keys.Concat(uploads.Keys.Select(k => $"upload {k}")).Order(StringComparer.Ordinal)];

    public byte[]? Blob(string repository, string digest) => blobs.GetValueOrDefault($"{repository}@{digest}");

    public byte[]? Manifest(string repository, string name) => manifests.TryGetValue($"{repository}@{name}", out (string Type, byte[] Body) found) ? found.Body : null;

    private Task PushAsync(HttpContext context, string repository, string kind, string name) => (context.Request.Method, kind) switch
    {
        ("POST", "blobs") when name == "uploads/" => BeginAsync(context, repository),
        ("PATCH", "blobs") => AppendAsync(context, repository, name),
        ("PUT", "blobs") => FinishAsync(context, repository, name),
        ("GET", "blobs") => StateAsync(context, repository, name),
        ("DELETE", "blobs") when name.StartsWith("uploads/", StringComparison.Ordinal) => CancelAsync(context, name),
        ("PUT", "manifests") => PutManifestAsync(context, repository, name),
        ("DELETE", "manifests") => DeleteManifestAsync(context, repository, name),
        ("GET", "tags") => TagsAsync(context, repository),
        ("GET", "referrers") => ReferrersAsync(context, repository, name),
        _ => RefuseAsync(context, 405, "UNSUPPORTED", "the operation is unsupported"),
    };

    private async Task BeginAsync(HttpContext context, string repository)
    {
        if (context.Request.Query["mount"].ToString() is { Length: > 0 } mount)
        {
            string from = context.Request.Query["from"].ToString();
            bool mayRead = Authentication != FakeAuthentication.Token || Tokens.Problem(context.Request.Headers.Authorization.ToString(), from, "pull") is null;
            if (mayRead && blobs.TryGetValue($"{from}@{mount}", out byte[]? content))
            {
                blobs[$"{repository}@{mount}"] = content;
                context.Response.StatusCode = 201;
                context.Response.Headers.Location = $"/v2/{repository}/blobs/{mount}";
                return;
            }
        }

        if (context.Request.ContentLength is not 0)
        {
            await RefuseAsync(context, 400, "SIZE_INVALID", "an upload begins with an empty body");
            return;
        }

        string id = string.Create(CultureInfo.InvariantCulture, $"session-{Interlocked.Increment(ref sessions)}");
        uploads[id] = new Upload(repository);
        if (LeastPiece is { } least)
            context.Response.Headers["OCI-Chunk-Min-Length"] = least.ToString(CultureInfo.InvariantCulture);
        Answer(context, 202, id, uploads[id]);
    }

    private async Task AppendAsync(HttpContext context, string repository, string name)
    {
        if (await FindAsync(context, repository, name) is not { } upload)
            return;
        string range = context.Request.Headers.ContentRange.ToString();
        if (context.Request.ContentType != "application/octet-stream" || context.Request.ContentLength is not { } length)
        {
            await RefuseAsync(context, 400, "BLOB_UPLOAD_INVALID", "octets with a length are expected");
            return;
        }

        if (range.Length > 0 && ForbidsPieces)
        {
            await RefuseAsync(context, 400, "UNSUPPORTED", "no pieces");
            return;
        }

        if (range.Length > 0 && range != string.Create(CultureInfo.InvariantCulture, $"{upload.Content.Length}-{upload.Content.Length + length - 1}"))
        {
            context.Response.Headers["Range"] = upload.Range;
            await RefuseAsync(context, 416, "BLOB_UPLOAD_INVALID", $"{upload.Content.Length} bytes are here, the piece is {range}");
            return;
        }

        if (upload.HasShortPiece)
        {
            await RefuseAsync(context, 400, "SIZE_INVALID", "a piece before the last was too short");
            return;
        }

        if (await TakeAsync(context, upload))
        {
            upload.HasShortPiece = range.Length > 0 && length < LeastPiece;
            Answer(context, 202, name["uploads/".Length..], upload);
        }
    }

    private async Task FinishAsync(HttpContext context, string repository, string name)
    {
        if (await FindAsync(context, repository, name) is not { } upload || !await TakeAsync(context, upload))
            return;
        byte[] content = upload.Content.ToArray();
        string digest = DigestOf(content);
        uploads.TryRemove(name["uploads/".Length..], out _);
        if (context.Request.Query["digest"] != digest)
        {
            await RefuseAsync(context, 400, "DIGEST_INVALID", $"provided digest did not match uploaded content: {digest}");
            return;
        }

        blobs[$"{repository}@{digest}"] = content;
        context.Response.StatusCode = 201;
        context.Response.Headers.Location = $"/v2/{repository}/blobs/{digest}";
        context.Response.Headers["Docker-Content-Digest"] = digest;
    }

    private async Task StateAsync(HttpContext context, string repository, string name)
    {
        if (await FindAsync(context, repository, name) is { } upload)
            Answer(context, 204, name["uploads/".Length..], upload);
    }

    private Task CancelAsync(HttpContext context, string name)
    {
        context.Response.StatusCode = uploads.TryRemove(name["uploads/".Length..], out _) ? 204 : 404;
        return Task.CompletedTask;
    }

    /// <summary>An upload is addressed by its newest address only: its state is part of the query.</summary>
    private async Task<Upload?> FindAsync(HttpContext context, string repository, string name)
    {
        if (name.StartsWith("uploads/", StringComparison.Ordinal) && uploads.TryGetValue(name["uploads/".Length..], out Upload? upload)
            && upload.Repository == repository && context.Request.Query["_state"] == "of-" + name["uploads/".Length..])
        {
            return upload;
        }

        await RefuseAsync(context, 404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
        return null;
    }

    private async Task<bool> TakeAsync(HttpContext context, Upload upload)
    {
        long most = BreakAfter?.Invoke(context) ?? long.MaxValue;
        byte[] buffer = new byte[256 << 10];
        while (true)
        {
            int read = await context.Request.Body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, Math.Max(1, most))), context.RequestAborted);
            if (read == 0)
                return true;
            upload.Content.Write(buffer, 0, read);
            Received += read;
            most -= read;
            if (most > 0)
                continue;
            context.Abort();
            return false;
        }
    }

    private void Answer(HttpContext context, int status, string id, Upload upload)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = $"{(HasRelativeLocations ? "" : Address)}/v2/{upload.Repository}/blobs/uploads/{id}?_state=of-{id}";
        context.Response.Headers["Range"] = upload.Range;
    }

    private async Task PutManifestAsync(HttpContext context, string repository, string name)
    {
        using MemoryStream copy = new();
        await context.Request.Body.CopyToAsync(copy, context.RequestAborted);
        byte[] body = copy.ToArray();
        string digest = DigestOf(body);
        if (ProblemOf(repository, name, digest, context.Request.ContentType, body) is { } problem)
        {
            await RefuseAsync(context, 400, problem.Split(':')[0], problem);
            return;
        }

        string type = context.Request.ContentType!;
        manifests[$"{repository}@{digest}"] = (type, body);
        manifests[$"{repository}@{name}"] = (type, body);
        context.Response.StatusCode = 201;
        context.Response.Headers.Location = $"/v2/{repository}/manifests/{digest}";
        context.Response.Headers["Docker-Content-Digest"] = digest;
        if (HasReferrers && SubjectOf(body) is { } subject)
            context.Response.Headers["OCI-Subject"] = subject;
    }

    private string? ProblemOf(string repository, string name, string digest, string? type, byte[] body)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        JsonElement root = document.RootElement;
        if (root.GetProperty("schemaVersion").GetInt32() != 2 || root.GetProperty("mediaType").GetString() != type)
            return "MANIFEST_INVALID: the type of the request is not that of the manifest";
        if (name.StartsWith("sha256:", StringComparison.Ordinal) && name != digest)
            return "DIGEST_INVALID: the manifest has another digest";
        if (type == FakeImage.Index)
        {
            JsonElement missing = root.GetProperty("manifests").EnumerateArray().FirstOrDefault(m => !manifests.ContainsKey($"{repository}@{m.GetProperty("digest").GetString()}"));
            return missing.ValueKind == JsonValueKind.Undefined ? null : $"MANIFEST_BLOB_UNKNOWN: {missing.GetProperty("digest").GetString()}";
        }

        JsonElement config = root.GetProperty("config");
        if (config.GetProperty("mediaType").GetString() == EmptyType && !root.TryGetProperty("artifactType", out _))
            return "MANIFEST_INVALID: an empty configuration needs an artifactType";
        if (root.GetProperty("layers").GetArrayLength() == 0)
            return "MANIFEST_INVALID: there are no layers";
        foreach (JsonElement blob in root.GetProperty("layers").EnumerateArray().Prepend(config))
        {
            string wanted = blob.GetProperty("digest").GetString()!;
            if (!blobs.TryGetValue($"{repository}@{wanted}", out byte[]? content))
                return $"MANIFEST_BLOB_UNKNOWN: {wanted}";
            if (content.Length != blob.GetProperty("size").GetInt64())
                return $"SIZE_INVALID: {wanted}";
        }

        return null;
    }

    private async Task DeleteManifestAsync(HttpContext context, string repository, string name)
    {
        if (ForbidsDeletion)
        {
            await RefuseAsync(context, 405, "UNSUPPORTED", "the operation is unsupported");
            return;
        }

        if (RemoveManifest(repository, name))
            context.Response.StatusCode = 202;
        else
            await RefuseAsync(context, 404, "MANIFEST_UNKNOWN", "manifest unknown");
    }

    private async Task TagsAsync(HttpContext context, string repository)
    {
        string last = context.Request.Query["last"].ToString();
        string[] all = [.. manifests.Keys.Where(k => k.StartsWith(repository + "@", StringComparison.Ordinal) && !k.Contains("@sha256:", StringComparison.Ordinal)).Select(k => k[(repository.Length + 1)..]).Order(StringComparer.Ordinal)];
        if (all.Length == 0)
        {
            await RefuseAsync(context, 404, "NAME_UNKNOWN", "repository name not known to registry");
            return;
        }

        // Two to a page, whatever is asked for: a client must follow the link.
        string[] rest = [.. all.Where(t => string.CompareOrdinal(t, last) > 0)];
        if (rest.Length > 2)
            context.Response.Headers.Link = $"</v2/{repository}/tags/list?n=2&last={rest[1]}>; rel=\"next\"";
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(new JsonObject { ["name"] = repository, ["tags"] = new JsonArray([.. rest.Take(2).Select(t => JsonValue.Create(t))]) }.ToJsonString());
    }

    private async Task ReferrersAsync(HttpContext context, string repository, string subject)
    {
        if (!HasReferrers)
        {
            await RefuseAsync(context, 404, "UNSUPPORTED", "404 page not found");
            return;
        }

        JsonArray list = [];
        foreach ((string key, (string type, byte[] body)) in manifests.Where(m => m.Key.StartsWith($"{repository}@sha256:", StringComparison.Ordinal)).OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            if (SubjectOf(body) != subject)
                continue;
            JsonObject manifest = (JsonObject)JsonNode.Parse(body)!;
            list.Add(new JsonObject
            {
                ["mediaType"] = type,
                ["digest"] = key[(repository.Length + 1)..],
                ["size"] = body.Length,
                ["artifactType"] = (manifest["artifactType"] ?? manifest["config"]!["mediaType"])!.DeepClone(),
                ["annotations"] = manifest["annotations"]?.DeepClone(),
            });
        }

        context.Response.ContentType = FakeImage.Index;
        await context.Response.WriteAsync(new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = FakeImage.Index, ["manifests"] = list }.ToJsonString());
    }

    private static string? SubjectOf(byte[] manifest) => (string?)JsonNode.Parse(manifest)?["subject"]?["digest"];

    private sealed class Upload(string repository)
    {
        public string Repository => repository;

        public MemoryStream Content { get; } = new();

        public bool HasShortPiece { get; set; }

        public string Range => string.Create(CultureInfo.InvariantCulture, $"0-{Math.Max(0, Content.Length - 1)}");
    }
}
