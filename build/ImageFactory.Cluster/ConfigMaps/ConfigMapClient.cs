using System.Net;
using System.Text.Json.Nodes;
using ImageFactory.Cluster.Transport;
using ImageFactory.Model;

namespace ImageFactory.Cluster.ConfigMaps;

/// <summary>Reads and changes ConfigMaps (<c>/api/v1/namespaces/NAMESPACE/configmaps</c>); rights: get, patch, and create for our own.</summary>
public sealed class ConfigMapClient(ClusterConnection connection, TimeProvider time)
{
    /// <summary>Says whose a ConfigMap is, as Kubernetes recommends (label of the managing program).</summary>
    public const string OwnerLabel = "app.kubernetes.io/managed-by";

    private const string Resource = "configmaps";
    private const string Json = "application/json";
    private const string MergePatch = "application/merge-patch+json";
    private const int Attempts = 6;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    /// <summary>The ConfigMap; null when there is none of the name.</summary>
    /// <exception cref="FactoryException">IFK2xx, IFK3xx. In a namespace that is not there the server answers as for an absent ConfigMap.</exception>
    public async Task<ConfigMap?> GetAsync(string name, CancellationToken cancellation, string? space = null)
    {
        ApiRequest request = Request("get", name, space);
        ApiAnswer answer = await connection.SendAsync(HttpMethod.Get, PathOf(request), request, null, Json, cancellation).ConfigureAwait(false);
        return answer.Status switch
        {
            HttpStatusCode.OK => ConfigMap.Parse(answer.Body!),
            HttpStatusCode.NotFound when IsAbsent(answer) => null,
            _ => throw new FactoryException(ApiFaults.Refused(request, answer)),
        };
    }

    /// <summary>
    /// Changes a ConfigMap in one request, decided on what it holds at that moment: when somebody else changes it in between, it is read and
    /// decided anew. Nothing is sent when it holds all of the change already.
    /// </summary>
    /// <returns>The ConfigMap afterwards; null when there is none of the name.</returns>
    /// <exception cref="FactoryException">IFK204: somebody else was faster each time. IFK2xx, IFK3xx.</exception>
    public async Task<ConfigMap?> ChangeAsync(string name, Func<ConfigMap, ConfigMapChange> decide, CancellationToken cancellation, string? space = null)
    {
        ApiRequest request = Request("patch", name, space);
        for (int attempt = 1; ; attempt++)
        {
            if (await GetAsync(name, cancellation, space).ConfigureAwait(false) is not { } current)
                return null;
            ConfigMapChange change = decide(current);
            if (change.IsIn(current))
                return current;

            JsonObject body = Body(change);
            body["metadata"]!["resourceVersion"] = current.ResourceVersion;
            (bool again, ConfigMap? changed) = await PatchAsync(request, body, attempt, cancellation).ConfigureAwait(false);
            if (!again)
                return changed;
        }
    }

    /// <summary>
    /// Changes keys that nobody else writes, whatever the others hold: without a version the server merges changes of many at once. Right: patch.
    /// </summary>
    /// <exception cref="FactoryException">IFK203: there is none of the name. IFK204: the server was too busy with changes of others. IFK2xx, IFK3xx.</exception>
    public async Task MergeAsync(string name, ConfigMapChange change, CancellationToken cancellation, string? space = null)
    {
        ApiRequest request = Request("patch", name, space);
        for (int attempt = 1; ; attempt++)
        {
            (bool again, ConfigMap? changed) = await PatchAsync(request, Body(change), attempt, cancellation).ConfigureAwait(false);
            if (again)
                continue;
            if (changed is null)
                throw new FactoryException(ApiFaults.Absent(request));
            return;
        }
    }

    /// <summary>Whether <see cref="PutAsync"/> would be refused, as far as that can be seen without writing.</summary>
    /// <exception cref="FactoryException">IFK206: it belongs to somebody else. IFK2xx, IFK3xx.</exception>
    public async Task CheckPutAsync(string name, string owner, bool overwrite, CancellationToken cancellation, string? space = null)
    {
        if (await GetAsync(name, cancellation, space).ConfigureAwait(false) is { } current && Refusal(current, owner, overwrite, Request("patch", name, space)) is { } refusal)
            throw new FactoryException(refusal);
    }

    /// <summary>Makes a ConfigMap of ours, or gives ours its new content; one of somebody else's is not touched.</summary>
    /// <param name="owner">Value of <see cref="OwnerLabel"/>.</param>
    /// <param name="overwrite">Also one of somebody else's, because its owner asked for it.</param>
    /// <exception cref="FactoryException">IFK206: it belongs to somebody else. IFK2xx, IFK3xx.</exception>
    public async Task<ConfigMap> PutAsync(
        string name, string owner, IReadOnlyDictionary<string, string> data, bool overwrite, CancellationToken cancellation, string? space = null)
    {
        ApiRequest request = Request("create", name, space);
        if (await GetAsync(name, cancellation, space).ConfigureAwait(false) is null)
        {
            ConfigMapChange content = Content(data, [], owner);
            JsonObject body = Body(content);
            body["apiVersion"] = "v1";
            body["kind"] = "ConfigMap";
            body["metadata"]!["name"] = name;
            ApiAnswer answer = await connection.SendAsync(HttpMethod.Post, PathOf(request with { Name = null }), request, body, Json, cancellation).ConfigureAwait(false);
            if (answer.Status == HttpStatusCode.Created)
                return ConfigMap.Parse(answer.Body!);
            if (answer.Status != HttpStatusCode.Conflict)
                throw new FactoryException(ApiFaults.Refused(request, answer));
        }

        return await ChangeAsync(name, Decide, cancellation, space).ConfigureAwait(false) ?? throw new FactoryException(ApiFaults.Absent(request));

        ConfigMapChange Decide(ConfigMap current) =>
            Refusal(current, owner, overwrite, request) is { } refusal ? throw new FactoryException(refusal) : Content(data, current.Data.Keys, owner);
    }

    /// <returns>Whether it is to be tried again, after a pause; else the ConfigMap, or null when there is none of the name.</returns>
    private async Task<(bool Again, ConfigMap? Changed)> PatchAsync(ApiRequest request, JsonObject body, int attempt, CancellationToken cancellation)
    {
        ApiAnswer answer = await connection.SendAsync(HttpMethod.Patch, PathOf(request), request, body, MergePatch, cancellation).ConfigureAwait(false);
        switch (answer.Status)
        {
            case HttpStatusCode.OK:
                return (false, ConfigMap.Parse(answer.Body!));
            case HttpStatusCode.NotFound when IsAbsent(answer):
                return (false, null);
            case HttpStatusCode.Conflict when attempt < Attempts:
                await Task.Delay(FirstPause * (1 << attempt), time, cancellation).ConfigureAwait(false);
                return (true, null);
            case HttpStatusCode.Conflict:
                throw new FactoryException(ApiFaults.Contended(request, Attempts));
            default:
                throw new FactoryException(ApiFaults.Refused(request, answer));
        }
    }

    private static Fault? Refusal(ConfigMap current, string owner, bool overwrite, ApiRequest request)
    {
        string? present = current.Labels.GetValueOrDefault(OwnerLabel);
        return present == owner || overwrite ? null : ApiFaults.NotOurs(request, present ?? "somebody else (it has no label " + OwnerLabel + ")");
    }

    private static ConfigMapChange Content(IReadOnlyDictionary<string, string> data, IEnumerable<string> present, string owner)
    {
        Dictionary<string, string?> content = present.ToDictionary(k => k, _ => (string?)null, StringComparer.Ordinal);
        foreach ((string key, string value) in data)
            content[key] = value;
        return new ConfigMapChange { Data = content, Labels = new Dictionary<string, string?> { [OwnerLabel] = owner } };
    }

    private static JsonObject Body(ConfigMapChange change)
    {
        JsonObject metadata = [];
        Add(metadata, "annotations", change.Annotations);
        Add(metadata, "labels", change.Labels);
        JsonObject body = new() { ["metadata"] = metadata };
        Add(body, "data", change.Data);
        return body;
    }

    private static void Add(JsonObject parent, string key, IReadOnlyDictionary<string, string?> values)
    {
        if (values.Count > 0)
            parent[key] = new JsonObject(values.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => KeyValuePair.Create(v.Key, v.Value is null ? null : (JsonNode?)JsonValue.Create(v.Value))));
    }

    /// <summary>The object is absent; a path that the server does not know at all has no kind in its answer.</summary>
    private static bool IsAbsent(ApiAnswer answer) => (string?)answer.Body?["details"]?["kind"] == Resource;

    private ApiRequest Request(string verb, string name, string? space) => new(verb, Resource, space ?? connection.Namespace, name);

    private static string PathOf(ApiRequest request) =>
        $"/api/v1/namespaces/{Uri.EscapeDataString(request.Namespace)}/{Resource}{(request.Name is null ? "" : "/" + Uri.EscapeDataString(request.Name))}";
}
