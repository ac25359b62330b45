using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ImageFactory.Publishing.Tests.Support.Http;

namespace ImageFactory.Publishing.Tests.Azure;

/// <summary>
/// The resource manager with its compute and network providers, as strict as the documents say: operations take several requests and are
/// followed by Azure-AsyncOperation or by Location, parents outlive children, a disk is written only while it is open, and what is on it
/// must be a fixed VHD when a version is made of it. Shapes: the provider's published API definitions.
/// </summary>
internal sealed partial class FakeArm : IAsyncDisposable
{
    public const string Subscription = "11111111-2222-3333-4444-555555555555";
    public const string Group = "pods";
    public const string Token = "canary-token-arm";
    public const string Signature = "canaryS1gnature";

    /// <summary>How many further requests an operation takes.</summary>
    private const int Duration = 2;

    private readonly Dictionary<string, Resource> resources = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Operation> operations = [];
    private int clock;

    private FakeArm()
    {
    }

    public FakeServer Server { get; private set; } = null!;

    /// <summary>Where pages go other than to this server.</summary>
    public IPageStore? Pages { get; init; }

    /// <summary>What the identity may do.</summary>
    public string[] Actions { get; set; } = ["*"];

    public JsonArray Machines { get; } = [];

    /// <summary>Members of the usage list: name, in use, limit. Null: it may not be read.</summary>
    public List<(string Name, int Used, int Limit)>? Usages { get; set; } = [("cores", 4, 10), ("Gallery", 1, 100), ("GalleryImage", 3, 1000), ("GalleryImageVersion", 20, 10000), ("StandardDiskCount", 2, 50000)];

    /// <summary>Regions to which a version cannot be copied.</summary>
    public HashSet<string> BrokenRegions { get; } = [];

    /// <summary>Set: the operation that makes a version ends with this code.</summary>
    public string? VersionError { get; set; }

    /// <summary>Tokens are refused.</summary>
    public bool Unauthorised { get; set; }

    /// <summary>The host name that addresses of disks have; loopback's when null.</summary>
    public string? DiskHost { get; set; }

    /// <summary>Ids of what is there, in lower case.</summary>
    public IReadOnlyList<string> Ids => [.. resources.Where(r => !r.Value.IsGone).Select(r => r.Key.ToLowerInvariant()).Order(StringComparer.Ordinal)];

    public static async Task<FakeArm> StartAsync(IPageStore? pages = null)
    {
        FakeArm arm = new() { Pages = pages };
        arm.Server = await FakeServer.StartAsync(arm.AnswerAsync);
        return arm;
    }

    public byte[] ContentOf(string id) => resources[id].Content?.Value ?? throw new InvalidOperationException($"{id} has no content");

    public JsonObject PropertiesOf(string id) => resources[id].Properties;

    public JsonObject TagsOf(string id) => resources[id].Tags;

    public long WrittenTo(string id) => resources[id].Blob?.Written ?? 0;

    /// <summary>Puts a resource there that nobody published.</summary>
    public void Add(string id, string type, JsonObject properties, JsonObject? tags = null)
    {
        properties["provisioningState"] = "Succeeded";
        resources[id] = new Resource(type, "westeurope", tags ?? [], properties);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private async Task<FakeAnswer> AnswerAsync(FakeRequest request)
    {
        clock++;
        foreach (Operation operation in operations.Values.Where(o => o.End == clock))
            operation.Complete();
        if (request.Path.StartsWith("/blob/", StringComparison.Ordinal))
            return WritePage(request);
        if (Unauthorised || request.Header("Authorization") != $"Bearer {Token}")
            return Error(401, "InvalidAuthenticationToken", "The access token is not valid.");
        if (request.Path.StartsWith("/operations/", StringComparison.Ordinal))
            return Follow(request);
        if (request.Query("api-version") is not { Length: > 0 } version || !ApiVersion().IsMatch(version))
            return Error(400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.");
        return await RouteAsync(request, version);
    }

    private async Task<FakeAnswer> RouteAsync(FakeRequest request, string version)
    {
        string path = Uri.UnescapeDataString(request.Path);
        if (UsagePath().IsMatch(path))
            return Usages is null ? Error(403, "AuthorizationFailed", path) : PageOfUsages(request, path);
        if (SubscriptionList().Match(path) is { Success: true })
            return FakeAnswer.Json(200, new JsonObject { ["value"] = Machines.DeepClone() });
        if (GroupPath().Match(path) is not { Success: true } match || !match.Groups[1].Value.Equals(Subscription, StringComparison.OrdinalIgnoreCase))
            return Error(404, "SubscriptionNotFound", path);
        if (!match.Groups[2].Value.Equals(Group, StringComparison.OrdinalIgnoreCase))
            return Error(404, "ResourceGroupNotFound", $"Resource group '{match.Groups[2].Value}' could not be found.");
        string rest = match.Groups[3].Value;
        if (rest.Length == 0)
            return FakeAnswer.Json(200, new JsonObject { ["id"] = $"/subscriptions/{Subscription}/resourceGroups/{Group}", ["name"] = Group, ["type"] = "Microsoft.Resources/resourceGroups", ["location"] = "westeurope", ["properties"] = new JsonObject { ["provisioningState"] = "Succeeded" } });
        if (rest.Equals("/resources", StringComparison.OrdinalIgnoreCase))
            return ListByTag(request.Query("$filter") ?? "");
        if (rest.Equals("/providers/Microsoft.Authorization/permissions", StringComparison.OrdinalIgnoreCase))
            return FakeAnswer.Json(200, new JsonObject { ["value"] = new JsonArray(new JsonObject { ["actions"] = new JsonArray([.. Actions.Select(a => (JsonNode)a!)]), ["notActions"] = new JsonArray() }) });
        return request.Method == "POST" ? await ActAsync(path) : OnResource(request, path, version);
    }

    /// <summary>Two to a page.</summary>
    private FakeAnswer PageOfUsages(FakeRequest request, string path)
    {
        int from = int.Parse(request.Query("$skiptoken") ?? "0", CultureInfo.InvariantCulture);
        JsonObject page = new()
        {
            ["value"] = new JsonArray([.. Usages!.Skip(from).Take(2).Select(u => new JsonObject { ["unit"] = "Count", ["currentValue"] = u.Used, ["limit"] = u.Limit, ["name"] = new JsonObject { ["value"] = u.Name, ["localizedValue"] = u.Name } })]),
        };
        if (from + 2 < Usages!.Count)
            page["nextLink"] = new Uri(Server.Address, string.Create(CultureInfo.InvariantCulture, $"{path}?api-version=2024-07-01&$skiptoken={from + 2}")).AbsoluteUri;
        return FakeAnswer.Json(200, page);
    }

    private FakeAnswer OnResource(FakeRequest request, string path, string version)
    {
        if (TypeOf(path) is not { } type)
            return Error(400, "InvalidResourceType", path);
        if (path.EndsWith("/images", StringComparison.OrdinalIgnoreCase) || path.EndsWith("/versions", StringComparison.OrdinalIgnoreCase))
            return ListChildren(request, path);
        return request.Method switch
        {
            "GET" when resources.TryGetValue(path, out Resource? found) && !found.IsGone => FakeAnswer.Json(200, Show(path, found, request.Query("$expand"))),
            "GET" => Error(404, "ResourceNotFound", path),
            "PUT" => Put(path, type, version, request.Json),
            "DELETE" => Delete(path),
            _ => Error(405, "MethodNotAllowed", request.Method),
        };
    }

    private FakeAnswer Put(string path, string type, string version, JsonObject body)
    {
        if (Path.GetDirectoryName(Path.GetDirectoryName(path)) is { } parent && TypeOf(parent) is not null && type.StartsWith("Microsoft.Compute/galleries/", StringComparison.Ordinal)
            && (!resources.TryGetValue(parent, out Resource? above) || above.IsGone))
        {
            return Error(404, "ParentResourceNotFound", parent);
        }

        if (body["location"] is null)
            return Error(400, "LocationRequired", "The location property is required.");
        JsonObject properties = body["properties"]?.DeepClone() as JsonObject ?? [];
        resources.TryGetValue(path, out Resource? existing);
        if (existing is { IsGone: true })
            existing = null;
        if (existing?.Properties["provisioningState"]?.ToString() == "Deleting")
            return Error(409, "Conflict", "being deleted");
        if (Refuse(type, version, properties, (string)body["location"]!, existing) is { } refused)
            return refused;
        JsonObject tags = body["tags"]?.DeepClone() as JsonObject ?? [];
        if (existing is not null)
        {
            existing.Tags = tags;
            return FakeAnswer.Json(200, Show(path, existing, null));
        }

        Resource made = new(type, (string)body["location"]!, tags, properties);
        properties["provisioningState"] = "Creating";
        resources[path] = made;
        if (type == "Microsoft.Compute/disks")
        {
            made.Blob = new PageBlob((long)properties["creationData"]!["uploadSizeBytes"]!);
            properties["diskState"] = "ReadyToUpload";
        }

        string? failure = type.EndsWith("/versions", StringComparison.Ordinal) ? VersionError : null;
        Operation operation = Start(() => Finish(path, made, failure), failure);
        string address = new Uri(Server.Address, $"/operations/{operation.Id}?api-version={version}").ToString();
        // Galleries are followed by Azure-AsyncOperation, disks by Location: both are in use.
        return type == "Microsoft.Compute/disks"
            ? FakeAnswer.Json(202, Show(path, made, null)).With("Location", $"{address}&monitor=true&of={Uri.EscapeDataString(path)}").With("Retry-After", "0")
            : FakeAnswer.Json(201, Show(path, made, null)).With("Azure-AsyncOperation", address).With("Retry-After", "0");
    }

    private void Finish(string path, Resource made, string? failure)
    {
        made.Properties["provisioningState"] = failure is null ? "Succeeded" : "Failed";
        if (made.Type == "Microsoft.Network/privateEndpoints")
        {
            made.Properties["customDnsConfigs"] = new JsonArray(new JsonObject { ["fqdn"] = DiskHost, ["ipAddresses"] = new JsonArray("127.0.0.1") });
            made.Properties["networkInterfaces"] = new JsonArray();
        }

        if (made.Type.EndsWith("/versions", StringComparison.Ordinal) && failure is null)
        {
            // The version has its own copy: the disk may go.
            string disk = (string)made.Properties["storageProfile"]!["osDiskImage"]!["source"]!["id"]!;
            PageBlob? blob = resources[disk].Blob;
            made.Content = new Lazy<byte[]>(() => Pages is null ? blob!.ToArray() : Pages.ReadAsync(NameOf(disk)).GetAwaiter().GetResult());
            made.Replicated = clock + Duration;
        }
    }

    private FakeAnswer? Refuse(string type, string version, JsonObject properties, string location, Resource? existing)
    {
        switch (type)
        {
            case "Microsoft.Compute/galleries/images":
                foreach (string required in (string[])["osType", "osState", "identifier"])
                {
                    if (properties[required] is null)
                        return Error(400, "InvalidParameter", $"Required parameter '{required}' is missing (null).");
                }

                foreach (string constant in (string[])["osType", "osState", "hyperVGeneration", "architecture", "identifier", "features"])
                {
                    if (existing is not null && existing.Properties[constant]?.ToJsonString() != properties[constant]?.ToJsonString())
                        return Error(409, "PropertyChangeNotAllowed", $"Changing property '{constant}' is not allowed.");
                }

                return null;
            case "Microsoft.Compute/galleries/images/versions":
                if (properties["securityProfile"]?["uefiSettings"] is { } settings)
                {
                    if (string.CompareOrdinal(version, "2022-08-03") < 0)
                        return Error(400, "InvalidParameter", "Could not find member 'uefiSettings'.");
                    foreach (JsonNode? key in (JsonArray)settings["additionalSignatures"]!["db"]!)
                    {
                        if ((string?)key!["type"] is not ("x509" or "sha256") || key["value"] is not JsonArray)
                            return Error(400, "InvalidParameter", "additionalSignatures.db");
                    }
                }

                if (properties["publishingProfile"]?["targetRegions"] is not JsonArray { Count: > 0 } regions || !regions.Any(r => (string?)r!["name"] == location))
                    return Error(400, "InvalidParameter", "The location must be one of the target regions.");
                if ((string?)properties["storageProfile"]?["osDiskImage"]?["source"]?["id"] is not { } disk || !resources.TryGetValue(disk, out Resource? source) || source.IsGone)
                    return Error(404, "NotFound", "The source disk does not exist.");
                if ((string?)source.Properties["diskState"] != "Unattached")
                    return Error(409, "OperationNotAllowed", "The source disk is being written.");
                return Footer(disk, source);
            case "Microsoft.Compute/disks":
                if ((string?)properties["creationData"]?["createOption"] != "Upload" || (long?)properties["creationData"]?["uploadSizeBytes"] is not { } size)
                    return Error(400, "InvalidParameter", "creationData");
                if (size < 20972032 || (size - 512) % (1 << 20) != 0)
                    return Error(400, "InvalidParameter", "uploadSizeBytes");
                if (existing is not null && (long)existing.Properties["creationData"]!["uploadSizeBytes"]! != size)
                    return Error(409, "PropertyChangeNotAllowed", "creationData");
                return null;
            default:
                return null;
        }
    }

    private FakeAnswer? Footer(string disk, Resource source)
    {
        long size = (long)source.Properties["creationData"]!["uploadSizeBytes"]!;
        ReadOnlySpan<byte> footer = Pages is null ? source.Blob!.ToArray().AsSpan((int)size - 512) : Pages.ReadEndAsync(NameOf(disk), size, 512).GetAwaiter().GetResult();
        uint sum = 0;
        for (int i = 0; i < 512; i++)
            sum += i is >= 64 and < 68 ? 0u : footer[i];
        bool good = footer[..8].SequenceEqual("conectix"u8)
            && BinaryPrimitives.ReadUInt32BigEndian(footer[60..]) == 2
            && BinaryPrimitives.ReadUInt64BigEndian(footer[16..]) == ulong.MaxValue
            && BinaryPrimitives.ReadInt64BigEndian(footer[48..]) == size - 512
            && BinaryPrimitives.ReadUInt32BigEndian(footer[64..]) == ~sum;
        return good ? null : Error(400, "InvalidParameter", "The disk is no fixed VHD.");
    }

    private FakeAnswer Delete(string path)
    {
        if (!resources.TryGetValue(path, out Resource? found) || found.IsGone)
            return FakeAnswer.Empty(204);
        if (resources.Any(r => !r.Value.IsGone && r.Key.StartsWith(path + "/", StringComparison.OrdinalIgnoreCase)))
            return Error(409, "CannotDeleteResource", "Can not delete resource before nested resources are deleted.");
        if ((string?)found.Properties["diskState"] == "ActiveUpload")
            return Error(409, "OperationNotAllowed", "There is an active shared access signature outstanding for the disk.");
        if (found.Type == "Microsoft.Compute/diskAccesses" && resources.Any(r => !r.Value.IsGone && r.Value.Type is "Microsoft.Network/privateEndpoints" or "Microsoft.Compute/disks" && !r.Value.IsGone && r.Value.Properties.ToJsonString().Contains(path, StringComparison.OrdinalIgnoreCase)))
            return Error(409, "OperationNotAllowed", "The disk access is in use.");
        if ((string?)found.Properties["provisioningState"] is "Creating")
            return Error(409, "Conflict", "being made");
        found.Properties["provisioningState"] = "Deleting";
        Operation operation = Start(() => found.IsGone = true, null);
        return FakeAnswer.Empty(202).With("Location", new Uri(Server.Address, $"/operations/{operation.Id}?monitor=true").ToString()).With("Retry-After", "0");
    }

    private async Task<FakeAnswer> ActAsync(string path)
    {
        string action = path[(path.LastIndexOf('/') + 1)..];
        string id = path[..path.LastIndexOf('/')];
        if (!resources.TryGetValue(id, out Resource? disk) || disk.IsGone || disk.Blob is null)
            return Error(404, "ResourceNotFound", id);
        string? state = (string?)disk.Properties["diskState"];
        switch (action.ToLowerInvariant())
        {
            case "begingetaccess":
                if (state != "ReadyToUpload" || (string?)disk.Properties["provisioningState"] != "Succeeded")
                    return Error(409, "OperationNotAllowed", $"state {state}");
                disk.Properties["diskState"] = "ActiveUpload";
                string sas = Pages is null
                    ? $"https://{(DiskHost is null ? Server.Address.Authority : $"{DiskHost}:{Server.Address.Port}")}/blob/{NameOf(id)}?sv=2021-08-06&sr=b&sig={Signature}"
                    : (await Pages.CreateAsync(NameOf(id), disk.Blob.Size)).ToString();
                Operation granting = Start(() => { }, null);
                granting.Result = new JsonObject { ["accessSAS"] = sas };
                return FakeAnswer.Empty(202).With("Location", new Uri(Server.Address, $"/operations/{granting.Id}?monitor=true").ToString()).With("Retry-After", "0");
            case "endgetaccess":
                if (state == "ActiveUpload")
                    disk.Properties["diskState"] = "Unattached";
                Operation ending = Start(() => { }, null);
                return FakeAnswer.Empty(202).With("Location", new Uri(Server.Address, $"/operations/{ending.Id}?monitor=true").ToString()).With("Retry-After", "0");
            default:
                return Error(400, "InvalidAction", action);
        }
    }

    private FakeAnswer WritePage(FakeRequest request)
    {
        string name = request.Path["/blob/".Length..];
        Resource? disk = resources.FirstOrDefault(r => !r.Value.IsGone && r.Value.Blob is not null && NameOf(r.Key) == name).Value;
        if (request.Query("sig") != Signature || request.Header("Authorization") is not null)
            return BlobError(403, "AuthenticationFailed");
        if (disk is null)
            return BlobError(404, "BlobNotFound");
        if ((string?)disk.Properties["diskState"] != "ActiveUpload")
            return BlobError(403, "AuthenticationFailed");
        if (request.Method != "PUT" || request.Query("comp") != "page" || request.Header("x-ms-page-write") != "update")
            return BlobError(400, "InvalidQueryParameterValue");
        if (PageRange().Match(request.Header("x-ms-range") ?? "") is not { Success: true } range)
            return BlobError(400, "InvalidHeaderValue");
        long from = long.Parse(range.Groups[1].Value, CultureInfo.InvariantCulture);
        long to = long.Parse(range.Groups[2].Value, CultureInfo.InvariantCulture) + 1;
        if (request.Body.Length > 4 << 20)
            return BlobError(413, "RequestBodyTooLarge");
        if (from % 512 != 0 || to % 512 != 0 || to > disk.Blob!.Size || to - from != request.Body.Length)
            return BlobError(416, "InvalidPageRange");
        disk.Blob.Write(from, request.Body);
        return FakeAnswer.Empty(201);
    }

    private FakeAnswer Follow(FakeRequest request)
    {
        if (!operations.TryGetValue(request.Path["/operations/".Length..], out Operation? operation))
            return Error(404, "NotFound", request.Path);
        bool isDone = clock >= operation.End;
        if (request.Query("monitor") is null)
        {
            JsonObject status = new() { ["status"] = !isDone ? "InProgress" : operation.Error is null ? "Succeeded" : "Failed" };
            if (isDone && operation.Error is { } error)
                status["error"] = new JsonObject { ["code"] = error, ["message"] = "the operation failed" };
            return FakeAnswer.Json(200, status).With("Retry-After", "0");
        }

        if (!isDone)
            return FakeAnswer.Empty(202).With("Location", new Uri(Server.Address, request.Path + request.QueryString).ToString()).With("Retry-After", "0");
        if (request.Query("of") is { } id)
            return FakeAnswer.Json(200, Show(id, resources[id], null));
        return operation.Result is { } result ? FakeAnswer.Json(200, result.DeepClone()) : FakeAnswer.Empty(200);
    }

    private FakeAnswer ListChildren(FakeRequest request, string path)
    {
        string parent = path[..path.LastIndexOf('/')];
        if (!resources.TryGetValue(parent, out Resource? above) || above.IsGone)
            return Error(404, "ParentResourceNotFound", parent);
        // One resource a page, since real lists have pages too.
        KeyValuePair<string, Resource>[] children = [.. resources.Where(r => !r.Value.IsGone && r.Key.StartsWith(path + "/", StringComparison.OrdinalIgnoreCase) && !r.Key[(path.Length + 1)..].Contains('/')).OrderBy(r => r.Key, StringComparer.Ordinal)];
        int index = int.Parse(request.Query("$skip") ?? "0", CultureInfo.InvariantCulture);
        JsonObject page = new() { ["value"] = new JsonArray([.. children.Skip(index).Take(1).Select(c => (JsonNode)Show(c.Key, c.Value, null))]) };
        if (index + 1 < children.Length)
            page["nextLink"] = new Uri(Server.Address, $"{request.Path}?api-version={request.Query("api-version")}&$skip={index + 1}").ToString();
        return FakeAnswer.Json(200, page);
    }

    private FakeAnswer ListByTag(string filter)
    {
        if (TagFilter().Match(filter) is not { Success: true } match)
            return Error(400, "InvalidFilterInQueryString", filter);
        IEnumerable<JsonNode> found = resources.Where(r => !r.Value.IsGone && (string?)r.Value.Tags[match.Groups[1].Value] == match.Groups[2].Value).Select(r => (JsonNode)Show(r.Key, r.Value, null));
        return FakeAnswer.Json(200, new JsonObject { ["value"] = new JsonArray([.. found]) });
    }

    private JsonObject Show(string id, Resource resource, string? expand)
    {
        JsonObject properties = (JsonObject)resource.Properties.DeepClone();
        if (expand == "ReplicationStatus")
        {
            JsonArray summary = [];
            bool isDone = resource.Replicated > 0 && clock >= resource.Replicated;
            foreach (JsonNode? region in (JsonArray)properties["publishingProfile"]!["targetRegions"]!)
            {
                string name = (string)region!["name"]!;
                summary.Add(new JsonObject { ["region"] = name, ["state"] = BrokenRegions.Contains(name) ? "Failed" : isDone ? "Completed" : "Replicating", ["details"] = BrokenRegions.Contains(name) ? "no capacity" : "", ["progress"] = isDone ? 100 : 40 });
            }

            properties["replicationStatus"] = new JsonObject { ["aggregatedState"] = BrokenRegions.Count > 0 ? "Failed" : isDone ? "Completed" : "InProgress", ["summary"] = summary };
        }

        return new JsonObject { ["id"] = id, ["name"] = NameOf(id), ["type"] = resource.Type, ["location"] = resource.Location, ["tags"] = resource.Tags.DeepClone(), ["properties"] = properties };
    }

    private Operation Start(Action complete, string? error)
    {
        Operation operation = new($"op{operations.Count + 1}", clock + Duration, complete, error);
        operations[operation.Id] = operation;
        return operation;
    }

    private static string NameOf(string id) => id[(id.LastIndexOf('/') + 1)..];

    private static string? TypeOf(string path) => path.IndexOf("/providers/", StringComparison.OrdinalIgnoreCase) is var at and >= 0
        ? TypeOfParts(path[(at + "/providers/".Length)..].Split('/'))
        : null;

    private static string? TypeOfParts(string[] parts)
    {
        string type = $"{parts[0]}/{string.Join('/', parts.Skip(1).Where((_, i) => i % 2 == 0))}";
        return Types.FirstOrDefault(t => t.Equals(type, StringComparison.OrdinalIgnoreCase));
    }

    private static readonly string[] Types =
    [
        "Microsoft.Compute/galleries", "Microsoft.Compute/galleries/images", "Microsoft.Compute/galleries/images/versions",
        "Microsoft.Compute/disks", "Microsoft.Compute/diskAccesses", "Microsoft.Network/privateEndpoints",
    ];

    private static FakeAnswer Error(int status, string code, string message) =>
        FakeAnswer.Json(status, new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } });

    private static FakeAnswer BlobError(int status, string code) =>
        new FakeAnswer(status, System.Text.Encoding.UTF8.GetBytes($"<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code></Error>"), "application/xml").With("x-ms-error-code", code);

    [GeneratedRegex(@"\A\d{4}-\d{2}-\d{2}(-preview)?\z")]
    private static partial Regex ApiVersion();

    [GeneratedRegex(@"\A/subscriptions/[^/]+/providers/Microsoft.Compute/locations/westeurope/usages\z", RegexOptions.IgnoreCase)]
    private static partial Regex UsagePath();

    [GeneratedRegex(@"\A/subscriptions/[^/]+/providers/Microsoft.Compute/virtualMachines\z", RegexOptions.IgnoreCase)]
    private static partial Regex SubscriptionList();

    [GeneratedRegex(@"\A/subscriptions/([^/]+)/resourceGroups/([^/]+)(.*)\z", RegexOptions.IgnoreCase)]
    private static partial Regex GroupPath();

    [GeneratedRegex(@"\Abytes=(\d+)-(\d+)\z")]
    private static partial Regex PageRange();

    [GeneratedRegex(@"\AtagName eq '([^']+)' and tagValue eq '([^']+)'\z")]
    private static partial Regex TagFilter();

    private sealed class Resource(string type, string location, JsonObject tags, JsonObject properties)
    {
        public string Type => type;

        public string Location => location;

        public JsonObject Tags { get; set; } = tags;

        public JsonObject Properties => properties;

        public PageBlob? Blob { get; set; }

        /// <summary>Of a version: the bytes that the disk had, which nobody writes any more; put together when somebody asks.</summary>
        public Lazy<byte[]>? Content { get; set; }

        public int Replicated { get; set; }

        public bool IsGone { get; set; }
    }

    private sealed class Operation(string id, int end, Action complete, string? error)
    {
        public string Id => id;

        public int End => end;

        public string? Error => error;

        public JsonObject? Result { get; set; }

        public void Complete() => complete();
    }
}
