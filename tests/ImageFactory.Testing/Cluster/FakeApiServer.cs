using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ImageFactory.Testing.Cluster;

/// <summary>
/// An API server with namespaces, ConfigMaps and Events, which refuses what the real one refuses: unknown tokens, verbs that no role gives,
/// stale versions, values that are no texts, events without what their version demands. Answers have the shape of those of Kubernetes 1.20.
/// </summary>
public sealed partial class FakeApiServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Lock guard = new();
    private readonly Dictionary<string, JsonObject> configMaps = new(StringComparer.Ordinal);
    private int version = 1000;

    private FakeApiServer(WebApplication app) => this.app = app;

    public Uri Address { get; private set; } = new("https://localhost");

    /// <summary>Tokens that are known, with the name of their user.</summary>
    public ConcurrentDictionary<string, string> Tokens { get; } = new();

    /// <summary>What users may, as <c>user: verb group/resource namespace</c>; the core group has no name: <c>get /configmaps ns</c>.</summary>
    public ConcurrentDictionary<string, byte> Rules { get; } = new();

    public ConcurrentDictionary<string, byte> Namespaces { get; } = new();

    /// <summary>Whether <c>events.k8s.io/v1</c> is served.</summary>
    public bool ServesNewEvents { get; set; } = true;

    /// <summary>Events in the order in which they came, with their group.</summary>
    public ConcurrentQueue<(string Group, JsonObject Event)> Events { get; } = new();

    /// <summary>Each request as <c>PATCH /api/v1/… 200</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Answers instead of the server when it returns true: for faults.</summary>
    public Func<HttpContext, Task<bool>>? Interfere { get; set; }

    public static async Task<FakeApiServer> StartAsync(X509Certificate2 certificate)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.UseHttps(certificate);
        }));
        WebApplication app = builder.Build();
        FakeApiServer server = new(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        Uri address = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        server.Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{address.Port}"));
        return server;
    }

    /// <summary>Writes a kubeconfig for the token 'token' into a folder.</summary>
    /// <param name="folder">Also gets the authority.</param>
    /// <param name="authority">Of the server's certificate.</param>
    /// <param name="space">The namespace.</param>
    /// <returns>Path of the file.</returns>
    public string WriteKubeconfig(string folder, X509Certificate2 authority, string space)
    {
        File.WriteAllText(Path.Combine(folder, "cluster.crt"), authority.ExportCertificatePem());
        string path = Path.Combine(folder, "kubeconfig");
        File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $$"""
            apiVersion: v1
            kind: Config
            current-context: c
            contexts: [{ name: c, context: { cluster: k, user: u, namespace: {{space}} } }]
            clusters: [{ name: k, cluster: { server: "https://127.0.0.1:{{Address.Port}}", certificate-authority: cluster.crt } }]
            users: [{ name: u, user: { token: token } }]
            """));
        return path;
    }

    /// <summary>Lets a user do something in a namespace, which is made when it is not there.</summary>
    public void Allow(string user, string space, params string[] rules)
    {
        Namespaces.TryAdd(space, 0);
        foreach (string rule in rules)
            Rules.TryAdd($"{user}: {rule} {space}", 0);
    }

    public void SetConfigMap(string space, string name, IReadOnlyDictionary<string, string>? data = null, IReadOnlyDictionary<string, string>? annotations = null, IReadOnlyDictionary<string, string>? labels = null)
    {
        Namespaces.TryAdd(space, 0);
        JsonObject metadata = new() { ["name"] = name, ["namespace"] = space };
        if (annotations is not null)
            metadata["annotations"] = JsonSerializer.SerializeToNode(annotations);
        if (labels is not null)
            metadata["labels"] = JsonSerializer.SerializeToNode(labels);
        lock (guard)
        {
            Store(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = metadata, ["data"] = JsonSerializer.SerializeToNode(data ?? new Dictionary<string, string>()) });
        }
    }

    public void RemoveConfigMap(string space, string name)
    {
        lock (guard)
            configMaps.Remove($"{space}/{name}");
    }

    /// <summary>A copy of what is stored; null when there is none.</summary>
    public JsonObject? ConfigMap(string space, string name)
    {
        lock (guard)
            return (JsonObject?)configMaps.GetValueOrDefault($"{space}/{name}")?.DeepClone();
    }

    public string? Data(string space, string name, string key) => (string?)ConfigMap(space, name)?["data"]?[key];

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (Interfere is not null && await Interfere(context))
        {
            Requests.Enqueue($"{context.Request.Method} {context.Request.Path} interfered");
            return;
        }

        using StreamReader reader = new(context.Request.Body);
        string body = await reader.ReadToEndAsync();
        (int status, JsonObject answer) = Decide(context.Request, body);
        Requests.Enqueue($"{context.Request.Method} {context.Request.Path} {status}");
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer.ToJsonString());
    }

    private (int Status, JsonObject Answer) Decide(HttpRequest request, string body)
    {
        string header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal) || !Tokens.TryGetValue(header["Bearer ".Length..], out string? user))
            return Status(401, "Unauthorized", "Unauthorized");
        Match path = ResourcePath().Match(request.Path.Value!);
        string group = path.Groups["group"].Value;
        if (!path.Success || (group == "events.k8s.io" && !ServesNewEvents))
            return Status(404, "NotFound", "the server could not find the requested resource");

        string space = path.Groups["space"].Value;
        string resource = path.Groups["resource"].Value;
        string name = path.Groups["name"].Value;
        string verb = (request.Method, name) switch
        {
            ("GET", "") => "list",
            ("GET", _) => "get",
            ("PATCH", _) => "patch",
            ("POST", "") => "create",
            _ => "other",
        };
        if (!Rules.ContainsKey($"{user}: {verb} {group}/{resource} {space}"))
            return Status(403, "Forbidden", $"{resource}{(name.Length > 0 ? $" \"{name}\"" : "")} is forbidden: User \"{user}\" cannot {verb} resource \"{resource}\" in API group \"{group}\" in the namespace \"{space}\"", resource, name);
        JsonObject? content;
        try
        {
            content = body.Length == 0 ? null : JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException e)
        {
            return Status(400, "BadRequest", e.Message);
        }

        lock (guard)
        {
            return (resource, verb) switch
            {
                ("configmaps", "get") => Get(space, name),
                ("configmaps", "patch") => Patch(space, name, request.ContentType ?? "", content),
                ("configmaps", "create") => Create(space, content),
                ("events", "create") => Event(group, space, content),
                _ => Status(405, "MethodNotAllowed", "the server does not allow this method on the requested resource"),
            };
        }
    }

    private (int, JsonObject) Get(string space, string name) =>
        configMaps.TryGetValue($"{space}/{name}", out JsonObject? map) ? (200, (JsonObject)map.DeepClone()) : NotFound(name);

    private (int, JsonObject) Patch(string space, string name, string type, JsonObject? patch)
    {
        if (!type.StartsWith("application/merge-patch+json", StringComparison.Ordinal))
            return Status(415, "UnsupportedMediaType", $"the body of the request was in an unknown format: {type}");
        if (!configMaps.TryGetValue($"{space}/{name}", out JsonObject? map))
            return NotFound(name);
        string? stale = (string?)patch?["metadata"]?["resourceVersion"];
        if (stale is not null && stale != (string?)map["metadata"]!["resourceVersion"])
            return Status(409, "Conflict", $"Operation cannot be fulfilled on configmaps \"{name}\": the object has been modified; please apply your changes to the latest version and try again", "configmaps", name);
        JsonObject changed = (JsonObject)map.DeepClone();
        Merge(changed, patch!);
        if (Invalid(changed) is { } why)
            return Status(422, "Invalid", why, "configmaps", name);
        Store(changed);
        return (200, (JsonObject)changed.DeepClone());
    }

    private (int, JsonObject) Create(string space, JsonObject? content)
    {
        string? name = (string?)content?["metadata"]?["name"];
        if (!Namespaces.ContainsKey(space))
            return Status(404, "NotFound", $"namespaces \"{space}\" not found", "namespaces", space);
        if ((string?)content?["kind"] != "ConfigMap" || (string?)content["apiVersion"] != "v1" || name is null)
            return Status(400, "BadRequest", "the object provided is unrecognized (must be of type ConfigMap)");
        if (configMaps.ContainsKey($"{space}/{name}"))
            return Status(409, "AlreadyExists", $"configmaps \"{name}\" already exists", "configmaps", name);
        if (!ObjectName().IsMatch(name))
            return Status(422, "Invalid", $"ConfigMap \"{name}\" is invalid: metadata.name: Invalid value", "configmaps", name);
        content["metadata"]!["namespace"] = space;
        if (Invalid(content) is { } why)
            return Status(422, "Invalid", why, "configmaps", name);
        Store(content);
        return (201, (JsonObject)content.DeepClone());
    }

    private (int, JsonObject) Event(string group, string space, JsonObject? content)
    {
        string[] missing = group.Length == 0
            ? [.. new[] { "involvedObject", "reason", "message", "type", "firstTimestamp", "lastTimestamp" }.Where(k => content?[k] is null)]
            : [.. new[] { "eventTime", "regarding", "reason", "action", "type", "reportingController", "reportingInstance" }.Where(k => content?[k] is null)];
        if (missing.Length > 0)
            return Status(422, "Invalid", $"Event is invalid: {string.Join(", ", missing)}: Required value");
        if ((string?)content!["apiVersion"] != (group.Length == 0 ? "v1" : "events.k8s.io/v1") || (string?)content["kind"] != "Event")
            return Status(400, "BadRequest", "the API version in the data does not match the expected API version");
        JsonNode about = content[group.Length == 0 ? "involvedObject" : "regarding"]!;
        if ((string?)about["namespace"] != space)
            return Status(422, "Invalid", "involvedObject.namespace: Invalid value: does not match event.namespace");
        if ((string?)content["type"] is not ("Normal" or "Warning"))
            return Status(422, "Invalid", "type: Invalid value: has invalid value");
        string note = (string?)content[group.Length == 0 ? "message" : "note"] ?? "";
        if (note.Length > 1024 || ((string)content["reason"]!).Length > 128)
            return Status(422, "Invalid", "note: Invalid value: can have at most 1024 characters");
        if (group.Length > 0 && !MicroTime().IsMatch((string)content["eventTime"]!))
            return Status(400, "BadRequest", "parsing time as \"2006-01-02T15:04:05.000000Z07:00\"");
        Events.Enqueue((group, (JsonObject)content.DeepClone()));
        return (201, content);
    }

    private void Store(JsonObject map)
    {
        map["metadata"]!["uid"] ??= Guid.NewGuid().ToString();
        map["metadata"]!["resourceVersion"] = (++version).ToString(CultureInfo.InvariantCulture);
        configMaps[$"{map["metadata"]!["namespace"]}/{map["metadata"]!["name"]}"] = map;
    }

    /// <summary>RFC 7386.</summary>
    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach ((string key, JsonNode? value) in patch)
        {
            if (value is null)
                target.Remove(key);
            else if (value is JsonObject inner && target[key] is JsonObject below)
                Merge(below, inner);
            else if (value is JsonObject fresh)
                Merge((JsonObject)(target[key] = new JsonObject()), fresh);
            else
                target[key] = value.DeepClone();
        }
    }

    private static string? Invalid(JsonObject map)
    {
        foreach (JsonNode? texts in (JsonNode?[])[map["data"], map["metadata"]!["annotations"], map["metadata"]!["labels"]])
        {
            if (texts is JsonObject values && values.FirstOrDefault(v => v.Value?.GetValueKind() != JsonValueKind.String) is { Key: not null } wrong)
                return $"{wrong.Key}: Invalid value: json: cannot unmarshal into Go struct field of type string";
        }

        return map["data"] is JsonObject data && data.Select(d => d.Key).FirstOrDefault(k => !DataKey().IsMatch(k)) is { } bad ? $"data[{bad}]: Invalid value" : null;
    }

    private static (int, JsonObject) NotFound(string name) => Status(404, "NotFound", $"configmaps \"{name}\" not found", "configmaps", name);

    private static (int, JsonObject) Status(int code, string reason, string message, string? kind = null, string? name = null)
    {
        JsonObject status = new() { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Failure", ["message"] = message, ["reason"] = reason, ["code"] = code };
        if (kind is not null)
            status["details"] = new JsonObject { ["name"] = name, ["kind"] = kind };
        return (code, status);
    }

    [GeneratedRegex(@"^/(api|apis/(?<group>[a-z0-9.]+))/v1/namespaces/(?<space>[^/]+)/(?<resource>[a-z]+)(/(?<name>[^/]+))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex ResourcePath();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    private static partial Regex ObjectName();

    [GeneratedRegex(@"^[-._a-zA-Z0-9]{1,253}$")]
    private static partial Regex DataKey();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$")]
    private static partial Regex MicroTime();
}
