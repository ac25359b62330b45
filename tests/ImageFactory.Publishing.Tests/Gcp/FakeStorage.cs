using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ImageFactory.Publishing.Tests.Support.Http;

namespace ImageFactory.Publishing.Tests.Gcp;

/// <summary>Buckets, objects and resumable uploads.</summary>
internal sealed partial class FakeStorage(FakeGoogle google)
{
    private const int Unit = 256 << 10;

    private readonly Dictionary<string, FakeUpload> uploads = [];

    public Dictionary<string, FakeBucket> Buckets { get; } = new(StringComparer.Ordinal);

    /// <summary>Keeps only a half (in whole units) of the chunk with this number, counted from 1, and breaks the connection.</summary>
    public int KeepHalfOf { get; set; }

    /// <summary>What is stored differs from what was sent.</summary>
    public bool Damages { get; set; }

    public int Chunks { get; private set; }

    /// <summary>Sessions that are open, with something in them.</summary>
    public int OpenUploads => uploads.Values.Count(u => !u.IsComplete && u.Kept.Length > 0);

    public IEnumerable<string> Names => Buckets.SelectMany(b => b.Value.Objects.Keys.Select(o => $"object {b.Key}/{o}").Append($"bucket {b.Key}"));

    public void Forget() => uploads.Clear();

    public FakeAnswer Answer(FakeRequest request, string[] path) => (request.Method, path) switch
    {
        ("GET", []) => google.Denied("storage.buckets.list") ?? ListBuckets(request),
        ("POST", []) => google.Denied("storage.buckets.create") ?? Create(request),
        (_, [{ } name, ..]) when !Buckets.ContainsKey(name) => FakeGoogle.Refusal(404, "notFound", "The specified bucket does not exist."),
        ("GET", [{ } name]) => google.Denied("storage.buckets.get") ?? FakeAnswer.Json(200, Json(name)),
        ("DELETE", [{ } name]) => google.Denied("storage.buckets.delete") ?? Delete(name),
        ("GET", [_, "iam", "testPermissions"]) => google.Permissions(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(request.QueryString)["permissions"]!),
        ("GET", [{ } name, "o"]) => google.Denied("storage.objects.list") ?? ListObjects(name, request),
        (_, [{ } name, "o", { } key]) when !Buckets[name].Objects.ContainsKey(key) => FakeGoogle.Refusal(404, "notFound", $"No such object: {name}/{key}"),
        ("GET", [{ } name, "o", { } key]) => google.Denied("storage.objects.get") ?? FakeAnswer.Json(200, Buckets[name].Objects[key].Json(name, key)),
        ("DELETE", [{ } name, "o", { } key]) => google.Denied("storage.objects.delete") ?? Delete(name, key),
        _ => FakeGoogle.Refusal(404, "notFound", "Not Found"),
    };

    public FakeAnswer Begin(FakeRequest request, string bucket)
    {
        if (google.Denied("storage.objects.create") is { } denied)
            return denied;
        if (!Buckets.TryGetValue(bucket, out FakeBucket? into))
            return FakeGoogle.Refusal(404, "notFound", "The specified bucket does not exist.");
        if (request.Query("uploadType") != "resumable" || request.Query("name") is not { Length: > 0 } name)
            return FakeGoogle.Refusal(400, "required", "Required parameter: name");
        if (request.Query("ifGenerationMatch") == "0" && into.Objects.ContainsKey(name))
            return FakeGoogle.Refusal(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
        string id = "canary-session-" + google.NextNumber();
        uploads[id] = new FakeUpload(bucket, name, request.Json);
        return FakeAnswer.Empty(200).With("Location", new Uri(google.Server.Address, $"/upload/storage/v1/b/{bucket}/o?uploadType=resumable&name={Uri.EscapeDataString(name)}&upload_id={id}").AbsoluteUri);
    }

    public FakeAnswer Continue(FakeRequest request, string id)
    {
        if (!uploads.TryGetValue(id, out FakeUpload? upload))
            return new FakeAnswer(410, "gone"u8.ToArray(), "text/plain");
        if (request.Method == "DELETE")
        {
            uploads.Remove(id);
            return FakeAnswer.Empty(499);
        }

        if (request.Method != "PUT" || request.Header("Content-Range") is not { } range)
            return new FakeAnswer(400, "a range is needed"u8.ToArray(), "text/plain");
        if (Asks().Match(range) is { Success: true })
            return request.Body.Length > 0 ? Bad("a body with a question") : State(upload);
        if (Bytes().Match(range) is not { Success: true } match)
            return Bad("malformed Content-Range");
        if (upload.IsComplete)
            return Bad("the upload is complete");
        long first = Number(match.Groups[1]);
        long last = Number(match.Groups[2]);
        long? total = match.Groups[3].Value == "*" ? null : Number(match.Groups[3]);
        if (last + 1 - first != request.Body.Length)
            return Bad("Content-Range and Content-Length differ");
        if (first != upload.Kept.Length)
            return Bad($"{upload.Kept.Length} bytes are kept, the range begins at {first}");
        if (last + 1 != total && request.Body.Length % Unit != 0)
            return Bad("only the last chunk may be no multiple of 256 KiB");
        if ((upload.Total is { } before && total is { } now && before != now) || last >= total)
            return Bad("the total has changed");
        Chunks++;
        upload.Total ??= total;
        if (Chunks == KeepHalfOf)
        {
            upload.Kept.Write(request.Body.AsSpan(0, request.Body.Length / 2 / Unit * Unit));
            return FakeAnswer.Broken;
        }

        upload.Kept.Write(request.Body);
        if (upload.Kept.Length == total)
        {
            byte[] content = upload.Kept.ToArray();
            if (Damages)
                content[content.Length / 2] ^= 1;
            Buckets[upload.Bucket].Objects[upload.Name] = new FakeObject(content, google.NextNumber(), upload.Metadata);
            upload.IsComplete = true;
        }

        return State(upload);
    }

    public FakeObject? Find(string bucket, string name) => Buckets.GetValueOrDefault(bucket)?.Objects.GetValueOrDefault(name);

    private FakeAnswer State(FakeUpload upload)
    {
        if (upload.IsComplete)
            return Find(upload.Bucket, upload.Name) is { } there ? FakeAnswer.Json(200, there.Json(upload.Bucket, upload.Name)) : new FakeAnswer(404, "no such object"u8.ToArray(), "text/plain");
        FakeAnswer answer = FakeAnswer.Empty(308);
        return upload.Kept.Length > 0 ? answer.With("Range", string.Create(CultureInfo.InvariantCulture, $"bytes=0-{upload.Kept.Length - 1}")) : answer;
    }

    private FakeAnswer Create(FakeRequest request)
    {
        JsonObject body = request.Json;
        string name = (string?)body["name"] ?? "";
        if (request.Query("project") != FakeGoogle.Project || !BucketName().IsMatch(name))
            return FakeGoogle.Refusal(400, "invalid", $"Invalid bucket name: '{name}'");
        if (body.Select(p => p.Key).Except(["name", "location", "labels", "iamConfiguration", "softDeletePolicy", "lifecycle"]).FirstOrDefault() is { } unknown)
            return FakeGoogle.Refusal(400, "invalid", $"Unknown field {unknown}");
        if (Buckets.ContainsKey(name))
            return FakeGoogle.Refusal(409, "conflict", "Your previous request to create the named bucket succeeded and you already own it.");
        Buckets[name] = new FakeBucket(body);
        return FakeAnswer.Json(200, Json(name));
    }

    private FakeAnswer Delete(string name)
    {
        if (Buckets[name].Objects.Count > 0)
            return FakeGoogle.Refusal(409, "conflict", "The bucket you tried to delete is not empty.");
        Buckets.Remove(name);
        return FakeAnswer.Empty(204);
    }

    private FakeAnswer Delete(string name, string key)
    {
        Buckets[name].Objects.Remove(key);
        google.Compute.SourceGone(name, key);
        return FakeAnswer.Empty(204);
    }

    private FakeAnswer ListBuckets(FakeRequest request) => request.Query("project") != FakeGoogle.Project
        ? FakeGoogle.Refusal(400, "required", "Required parameter: project")
        : FakeAnswer.Json(200, new JsonObject { ["items"] = new JsonArray([.. Buckets.Keys.Where(k => k.StartsWith(request.Query("prefix") ?? "", StringComparison.Ordinal)).Select(Json)]) });

    /// <summary>One per page, so that paging is needed.</summary>
    private FakeAnswer ListObjects(string name, FakeRequest request)
    {
        string[] keys = [.. Buckets[name].Objects.Keys.Where(k => k.StartsWith(request.Query("prefix") ?? "", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        int at = int.Parse(request.Query("pageToken") ?? "0", CultureInfo.InvariantCulture);
        JsonObject page = new() { ["items"] = new JsonArray([.. keys.Skip(at).Take(1).Select(k => Buckets[name].Objects[k].Json(name, k))]) };
        if (at + 1 < keys.Length)
            page["nextPageToken"] = (at + 1).ToString(CultureInfo.InvariantCulture);
        return FakeAnswer.Json(200, page);
    }

    private JsonObject Json(string name) => new()
    {
        ["name"] = name,
        ["labels"] = Buckets[name].Asked["labels"]?.DeepClone(),
        ["timeCreated"] = Buckets[name].Created.ToString("o"),
    };

    private static FakeAnswer Bad(string message) => new(400, System.Text.Encoding.UTF8.GetBytes(message), "text/plain");

    private static long Number(Group group) => long.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\Abytes \*/(\d+|\*)\z")]
    private static partial Regex Asks();

    [GeneratedRegex(@"\Abytes (\d+)-(\d+)/(\d+|\*)\z")]
    private static partial Regex Bytes();

    [GeneratedRegex(@"\A[a-z0-9][-a-z0-9_.]{1,61}[a-z0-9]\z")]
    private static partial Regex BucketName();
}

internal sealed record FakeBucket(JsonObject Asked)
{
    public DateTimeOffset Created { get; set; } = DateTimeOffset.UtcNow;

    public Dictionary<string, FakeObject> Objects { get; } = new(StringComparer.Ordinal);
}

internal sealed record FakeObject(byte[] Content, string Generation, JsonObject Asked)
{
    private string? sum;

    public DateTimeOffset Created { get; set; } = DateTimeOffset.UtcNow;

    public JsonObject Json(string bucket, string name) => new()
    {
        ["name"] = name,
        ["bucket"] = bucket,
        ["generation"] = Generation,
        ["size"] = Content.LongLength.ToString(CultureInfo.InvariantCulture),
        ["crc32c"] = sum ??= Crc32C(),
        ["metadata"] = Asked["metadata"]?.DeepClone(),
        ["timeCreated"] = Created.ToString("o"),
    };

    /// <summary>Base64 of the sum in big-endian order, by Google's reference of the object resource.</summary>
    private string Crc32C()
    {
        uint sum = uint.MaxValue;
        foreach (byte one in Content)
            sum = BitOperations.Crc32C(sum, one);
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, ~sum);
        return Convert.ToBase64String(bytes);
    }
}

internal sealed record FakeUpload(string Bucket, string Name, JsonObject Metadata)
{
    public MemoryStream Kept { get; } = new();

    public long? Total { get; set; }

    public bool IsComplete { get; set; }
}
