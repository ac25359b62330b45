using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ImageFactory.Publishing.Tests.Support.Http;

namespace ImageFactory.Publishing.Tests.Gcp;

/// <summary>Images and their operations. An operation goes on by one state each time that somebody looks.</summary>
internal sealed partial class FakeCompute(FakeGoogle google)
{
    private static readonly string[] Fields = ["name", "description", "architecture", "labels", "guestOsFeatures", "rawDisk", "family", "storageLocations", "shieldedInstanceInitialState"];

    private static readonly string[] Features =
    [
        "BARE_METAL_LINUX_COMPATIBLE", "BMSAI_CAPABLE", "CCA_CAPABLE", "GVNIC", "IDPF", "MULTI_IP_SUBNET", "SECURE_BOOT", "SEV_CAPABLE", "SEV_LIVE_MIGRATABLE",
        "SEV_LIVE_MIGRATABLE_V2", "SEV_SNP_CAPABLE", "SNP_SVSM_CAPABLE", "SUSPEND_SAFE_FPR", "TDX_CAPABLE", "UEFI_COMPATIBLE", "VIRTIO_SCSI_MULTIQUEUE", "WINDOWS",
    ];

    private readonly List<FakeOperation> operations = [];

    public Dictionary<string, FakeGcpImage> Images { get; } = new(StringComparer.Ordinal);

    /// <summary>Name of a disk by the id of the image that it was made from.</summary>
    public Dictionary<string, string> Disks { get; } = [];

    public (double Usage, double Limit) Quota { get; set; } = (3, 100);

    /// <summary>The next image fails with this code.</summary>
    public string? FailNext { get; set; }

    public IEnumerable<string> Names => Images.Keys.Select(n => $"image {n}");

    public FakeAnswer Answer(FakeRequest request, string[] path) => (request.Method, path) switch
    {
        ("GET", []) => google.Denied("compute.projects.get") ?? FakeAnswer.Json(200, new JsonObject
        {
            ["quotas"] = new JsonArray(
                new JsonObject { ["metric"] = "SNAPSHOTS", ["limit"] = 1, ["usage"] = 1 },
                new JsonObject { ["metric"] = "IMAGES", ["limit"] = Quota.Limit, ["usage"] = Quota.Usage }),
        }),
        ("GET", ["aggregated", "disks"]) => google.Denied("compute.disks.list") ?? FindDisks(request),
        ("POST", ["global", "images"]) => google.Denied("compute.images.create") ?? Insert(request),
        ("GET", ["global", "images"]) => google.Denied("compute.images.list") ?? List(request),
        (_, ["global", "images", { } name]) when !Images.ContainsKey(name) => FakeGoogle.Refusal(404, "notFound", $"The resource 'projects/{FakeGoogle.Project}/global/images/{name}' was not found"),
        ("GET", ["global", "images", { } name]) => google.Denied("compute.images.get") ?? Get(name),
        ("DELETE", ["global", "images", { } name]) => google.Denied("compute.images.delete") ?? Delete(request, name),
        ("GET", ["global", "operations"]) => ListOperations(request),
        ("POST", ["global", "operations", { } name, "wait"]) => operations.Find(o => o.Name == name) is { } operation ? FakeAnswer.Json(200, Looked(operation)) : FakeGoogle.Refusal(404, "notFound", "no such operation"),
        _ => FakeGoogle.Refusal(404, "notFound", "Not Found"),
    };

    /// <summary>An object that an import still reads was deleted.</summary>
    public void SourceGone(string bucket, string name)
    {
        foreach (FakeOperation operation in operations.Where(o => o.State != "DONE" && o.Source == $"{bucket}/{name}"))
            operation.Error ??= ("RESOURCE_NOT_FOUND", $"The object {bucket}/{name} is gone");
    }

    private FakeAnswer Insert(FakeRequest request)
    {
        if (Repeated(request, out Guid requestId) is { } known)
            return known;
        JsonObject body = request.Json;
        string name = (string?)body["name"] ?? "";
        if (Objection(body) is { } objection)
            return FakeGoogle.Refusal(400, "invalid", objection);
        if (Images.ContainsKey(name))
            return FakeGoogle.Refusal(409, "alreadyExists", $"The resource 'projects/{FakeGoogle.Project}/global/images/{name}' already exists");
        string[] source = ((string)body["rawDisk"]!["source"]!)["https://storage.googleapis.com/".Length..].Split('/', 2);
        if (google.Storage.Find(source[0], source[1]) is not { } archive)
            return FakeGoogle.Refusal(404, "notFound", $"The referenced object {string.Join('/', source)} does not exist");
        FakeGcpImage image = new(google.NextNumber(), body, archive.Content);
        Images[name] = image;
        FakeOperation operation = new("operation-" + google.NextNumber(), requestId, "insert", name) { Source = string.Join('/', source) };
        operation.Error = FailNext is { } code ? (code, "injected") : TarWitness.Objection(archive.Content) is { } wrong ? ("INVALID_FIELD_VALUE", $"The tar archive is not a valid image: {wrong}") : null;
        FailNext = null;
        operations.Add(operation);
        return FakeAnswer.Json(200, operation.Json());
    }

    private FakeAnswer Delete(FakeRequest request, string name)
    {
        if (Repeated(request, out Guid requestId) is { } known)
            return known;
        if (Images[name].Status is "PENDING" or "DELETING")
            return FakeGoogle.Refusal(400, "resourceNotReady", $"The resource '{name}' is not ready");
        Images[name].Status = "DELETING";
        FakeOperation operation = new("operation-" + google.NextNumber(), requestId, "delete", name);
        operations.Add(operation);
        return FakeAnswer.Json(200, operation.Json());
    }

    private FakeAnswer? Repeated(FakeRequest request, out Guid requestId)
    {
        if (!Guid.TryParseExact(request.Query("requestId"), "D", out requestId) || requestId == Guid.Empty)
            return FakeGoogle.Refusal(400, "invalid", "Invalid value for field 'requestId'");
        Guid asked = requestId;
        return operations.Find(o => o.RequestId == asked) is { } known ? FakeAnswer.Json(200, known.Json()) : null;
    }

    private FakeAnswer Get(string name)
    {
        foreach (FakeOperation operation in operations.Where(o => o.Image == name && o.State != "DONE").ToArray())
            Looked(operation);
        return Images.TryGetValue(name, out FakeGcpImage? image) ? FakeAnswer.Json(200, image.Json()) : FakeGoogle.Refusal(404, "notFound", "it was deleted");
    }

    private FakeAnswer List(FakeRequest request)
    {
        if (LabelFilter().Match(request.Query("filter") ?? "") is not { Success: true } filter)
            return FakeGoogle.Refusal(400, "invalid", "Invalid list filter expression.");
        return FakeAnswer.Json(200, new JsonObject
        {
            ["items"] = new JsonArray([.. Images.Values.Where(i => (string?)i.Asked["labels"]?[filter.Groups[1].Value] == filter.Groups[2].Value).Select(i => i.Json())]),
        });
    }

    private FakeAnswer ListOperations(FakeRequest request)
    {
        if (OperationFilter().Match(request.Query("filter") ?? "") is not { Success: true } filter)
            return FakeGoogle.Refusal(400, "invalid", "Invalid list filter expression.");
        return FakeAnswer.Json(200, new JsonObject { ["items"] = new JsonArray([.. operations.Where(o => o.RequestId.ToString("D") == filter.Groups[1].Value).Select(o => o.Json())]) });
    }

    private FakeAnswer FindDisks(FakeRequest request)
    {
        if (DiskFilter().Match(request.Query("filter") ?? "") is not { Success: true } filter)
            return FakeGoogle.Refusal(400, "invalid", "Invalid list filter expression.");
        JsonObject zone = Disks.TryGetValue(filter.Groups[1].Value, out string? disk)
            ? new JsonObject { ["disks"] = new JsonArray(new JsonObject { ["name"] = disk }) }
            : new JsonObject { ["warning"] = new JsonObject { ["code"] = "NO_RESULTS_ON_PAGE" } };
        return FakeAnswer.Json(200, new JsonObject { ["items"] = new JsonObject { ["zones/europe-west4-b"] = new JsonObject { ["warning"] = new JsonObject() }, ["zones/europe-west4-a"] = zone } });
    }

    private JsonObject Looked(FakeOperation operation)
    {
        operation.State = operation.State == "PENDING" ? "RUNNING" : "DONE";
        if (operation.State == "DONE" && operation is { Kind: "delete" })
            Images.Remove(operation.Image);
        else if (operation.State == "DONE" && Images.TryGetValue(operation.Image, out FakeGcpImage? image) && image.Status == "PENDING")
            image.Status = operation.Error is null ? "READY" : "FAILED";
        return operation.Json();
    }

    private static string? Objection(JsonObject body)
    {
        if (body.Select(p => p.Key).Except(Fields).FirstOrDefault() is { } unknown)
            return $"Unknown name \"{unknown}\"";
        if (!NamePattern().IsMatch((string?)body["name"] ?? ""))
            return "Invalid value for field 'resource.name'";
        if (body["family"] is { } family && !NamePattern().IsMatch((string)family!))
            return "Invalid value for field 'resource.family'";
        if ((string?)body["architecture"] is not ("X86_64" or "ARM64"))
            return "Invalid value for field 'resource.architecture'";
        if ((string?)body["rawDisk"]?["containerType"] != "TAR" || (string?)body["rawDisk"]?["source"] is not { } source || !SourcePattern().IsMatch(source))
            return "Invalid value for field 'resource.rawDisk.source'";
        if (body["guestOsFeatures"]!.AsArray().Select(f => (string)f!["type"]!).FirstOrDefault(f => !Features.Contains(f)) is { } feature)
            return $"Invalid value for field 'resource.guestOsFeatures': '{feature}'";
        JsonObject labels = body["labels"]!.AsObject();
        if (labels.Count > 64 || labels.Any(l => !LabelKey().IsMatch(l.Key) || !LabelValue().IsMatch((string)l.Value!)))
            return "Invalid value for field 'resource.labels'";
        if (body["storageLocations"] is { } locations && locations.AsArray().Count != 1)
            return "Invalid value for field 'resource.storageLocations'";
        foreach (JsonNode? key in body["shieldedInstanceInitialState"] is JsonObject keys ? keys.SelectMany(k => k.Value is JsonArray several ? several : [k.Value]) : [])
        {
            try
            {
                using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(Convert.FromBase64String((string)key!["content"]!));
                if ((string?)key["fileType"] != "X509")
                    return "Invalid value for field 'resource.shieldedInstanceInitialState'";
            }
            catch (CryptographicException)
            {
                return "Invalid value for field 'resource.shieldedInstanceInitialState'";
            }
        }

        return null;
    }

    [GeneratedRegex(@"\A[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\Ahttps://storage\.googleapis\.com/[a-z0-9][-a-z0-9_.]+/.+\z")]
    private static partial Regex SourcePattern();

    [GeneratedRegex(@"\A[a-z][-_a-z0-9]{0,62}\z")]
    private static partial Regex LabelKey();

    [GeneratedRegex(@"\A[-_a-z0-9]{0,63}\z")]
    private static partial Regex LabelValue();

    [GeneratedRegex("\\Alabels\\.([-_a-z0-9]+) = \"([^\"]*)\"\\z")]
    private static partial Regex LabelFilter();

    [GeneratedRegex("\\AclientOperationId = \"([^\"]*)\"\\z")]
    private static partial Regex OperationFilter();

    [GeneratedRegex("\\AsourceImageId = \"([0-9]+)\"\\z")]
    private static partial Regex DiskFilter();
}

internal sealed record FakeGcpImage(string Id, JsonObject Asked, byte[] Archive)
{
    public string Status { get; set; } = "PENDING";

    public JsonObject Json() => new()
    {
        ["id"] = Id,
        ["name"] = Asked["name"]?.DeepClone(),
        ["status"] = Status,
        ["labels"] = Asked["labels"]?.DeepClone(),
        ["creationTimestamp"] = "2026-11-01T08:00:00.000-07:00",
    };
}

internal sealed record FakeOperation(string Name, Guid RequestId, string Kind, string Image)
{
    public string State { get; set; } = "PENDING";

    public string? Source { get; init; }

    public (string Code, string Message)? Error { get; set; }

    public JsonObject Json()
    {
        JsonObject json = new() { ["name"] = Name, ["operationType"] = Kind, ["status"] = State, ["clientOperationId"] = RequestId.ToString("D") };
        if (State == "DONE" && Error is { } error)
        {
            json["httpErrorStatusCode"] = 400;
            json["error"] = new JsonObject { ["errors"] = new JsonArray(new JsonObject { ["code"] = error.Code, ["message"] = error.Message }) };
        }

        return json;
    }
}
