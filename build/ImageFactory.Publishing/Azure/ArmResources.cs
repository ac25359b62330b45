using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;
using Azure.ResourceManager.Resources.Models;
using ImageFactory.Model;

namespace ImageFactory.Publishing.Azure;

/// <summary>
/// Resources by id, through the resource manager's client. Bodies are written by hand where the typed model of Compute 1.2.0 lags
/// behind the service (gallery versions with UEFI settings, disks with security settings); it serves for everything else.
/// </summary>
internal sealed class ArmResources
{
    /// <summary>The first stable version with <c>uefiSettings</c> is 2022-08-03.</summary>
    private const string GalleryVersion = "2024-03-03";
    private const string DiskVersion = "2024-03-02";
    private const string NetworkVersion = "2023-11-01";

    private readonly AzurePlace place;
    private readonly AzureTiming timing;
    private readonly ArmEnvironment manager;
    private readonly HttpPipeline pipeline;

    public ArmResources(AzurePlace place, AzureTiming timing, TokenCredential credential)
    {
        this.place = place;
        this.timing = timing;
        ArmClientOptions options = new() { Environment = place.Environment, Transport = new HttpClientTransport(new HttpClient(place.Setting.Surroundings.Transport())) };
        if (place.Setting.Surroundings.Variable("AZURE_RESOURCE_MANAGER_ENDPOINT") is { } endpoint)
            options.Environment = new ArmEnvironment(new Uri(endpoint), place.Environment.Audience);
        options.Retry.MaxRetries = timing.Retries;
        options.Retry.Delay = timing.Retry;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        foreach ((string type, string version) in ApiVersions)
            options.SetApiVersion(new ResourceType(type), version);
        Client = new ArmClient(credential, place.Subscription, options);
        manager = options.Environment!.Value;
        pipeline = HttpPipelineBuilder.Build(options, new BearerTokenAuthenticationPolicy(credential, $"{manager.Audience.TrimEnd('/')}/.default"));
    }

    public ArmClient Client { get; }

    /// <summary>The members of a list that no typed or generic resource covers, all pages of it.</summary>
    public async IAsyncEnumerable<JsonElement> ListAsync(string pathAndQuery, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Uri? next = new(manager.Endpoint, pathAndQuery);
        while (next is not null)
        {
            using JsonDocument page = await ReadAsync(next, cancellation).ConfigureAwait(false);
            foreach (JsonElement member in page.RootElement.GetProperty("value").EnumerateArray())
                yield return member;
            next = page.RootElement.TryGetProperty("nextLink", out JsonElement link) && link.GetString() is { Length: > 0 } text ? new Uri(text) : null;
        }
    }

    private async Task<JsonDocument> ReadAsync(Uri address, CancellationToken cancellation)
    {
        using HttpMessage message = pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Get;
        message.Request.Uri.Reset(address);
        await pipeline.SendAsync(message, cancellation).ConfigureAwait(false);
        return message.Response.IsError ? throw new RequestFailedException(message.Response) : JsonDocument.Parse(message.Response.Content);
    }

    private static IReadOnlyDictionary<string, string> ApiVersions { get; } = new Dictionary<string, string>
    {
        ["Microsoft.Compute/galleries"] = GalleryVersion,
        ["Microsoft.Compute/galleries/images"] = GalleryVersion,
        ["Microsoft.Compute/galleries/images/versions"] = GalleryVersion,
        ["Microsoft.Compute/disks"] = DiskVersion,
        ["Microsoft.Compute/diskAccesses"] = DiskVersion,
        ["Microsoft.Network/privateEndpoints"] = NetworkVersion,
        ["Microsoft.Network/networkInterfaces"] = NetworkVersion,
    };

    private string Where => place.Setting.Where;

    /// <summary>The resource, or null when there is none.</summary>
    public async Task<ArmResource?> GetAsync(ResourceIdentifier id, CancellationToken cancellation)
    {
        try
        {
            GenericResource found = await Client.GetGenericResource(id).GetAsync(cancellation).ConfigureAwait(false);
            return ArmResource.Of(found.Data);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
        catch (Exception e) when (Fault(e, $"read {Describe(id)}") is { } fault)
        {
            throw new FactoryException(fault, e);
        }
    }

    /// <summary>Makes the resource and waits until the service has done so.</summary>
    public async Task<ArmResource> PutAsync(
        ResourceIdentifier id, IEnumerable<KeyValuePair<string, string>> tags, JsonObject properties, string? sku, CancellationToken cancellation)
    {
        GenericResourceData data = new(new AzureLocation(place.Region!)) { Properties = BinaryData.FromString(properties.ToJsonString()) };
        if (sku is not null)
            data.Sku = new ResourcesSku { Name = sku };
        foreach ((string key, string value) in tags)
            data.Tags[key] = value;
        try
        {
            ArmOperation<GenericResource> operation = await Client.GetGenericResources().CreateOrUpdateAsync(WaitUntil.Started, id, data, cancellation).ConfigureAwait(false);
            await WaitAsync(operation, cancellation).ConfigureAwait(false);
            return ArmResource.Of(operation.Value.Data);
        }
        catch (Exception e) when (Fault(e, $"make {Describe(id)}") is { } fault)
        {
            throw new FactoryException(fault, e);
        }
    }

    /// <summary>Deletes the resource and waits until it is gone. Absent is a success.</summary>
    public async Task DeleteAsync(ResourceIdentifier id, CancellationToken cancellation)
    {
        try
        {
            ArmOperation operation = await Client.GetGenericResource(id).DeleteAsync(WaitUntil.Started, cancellation).ConfigureAwait(false);
            await WaitAsync(operation, cancellation).ConfigureAwait(false);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
        }
        catch (Exception e) when (Fault(e, $"delete {Describe(id)}") is { } fault)
        {
            throw new FactoryException(fault, e);
        }
    }

    /// <summary>Runs a call of the typed client; what it refuses becomes a fault.</summary>
    public async Task<T> CallAsync<T>(string what, Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception e) when (Fault(e, what) is { } fault)
        {
            throw new FactoryException(fault, e);
        }
    }

    /// <summary>Waits for an operation as long as the service takes, asking as often as it wants to be asked.</summary>
    public async Task WaitAsync(Operation operation, CancellationToken cancellation)
    {
        // The client's own waiting never asks more often than once a second.
        while (!operation.HasCompleted)
        {
            Response answer = await operation.UpdateStatusAsync(cancellation).ConfigureAwait(false);
            if (operation.HasCompleted)
                return;
            TimeSpan asked = answer.Headers.TryGetValue("Retry-After", out string? text) && int.TryParse(text, CultureInfo.InvariantCulture, out int seconds) ? TimeSpan.FromSeconds(seconds) : timing.Poll;
            await Task.Delay(asked > timing.Poll ? asked : timing.Poll, place.Setting.Surroundings.Time, cancellation).ConfigureAwait(false);
        }
    }

    public Polling Polling(TimeSpan limit) => new(place.Setting.Surroundings.Time, timing.Poll, timing.Poll * 6, limit);

    public static string Describe(ResourceIdentifier id) => $"{WordOf(id.ResourceType.GetLastType())} '{id.Name}'";

    /// <summary>The fault of an exception of the client; null for what is none.</summary>
    public Fault? Fault(Exception e, string what) => e switch
    {
        RequestFailedException refused => AzureFaults.Of(refused, Where, what, place.Setting.Surroundings.Time),
        AuthenticationFailedException denied => AzureFaults.NoCredential(Where, denied.Message),
        AggregateException { InnerExceptions: [RequestFailedException last, ..] } => AzureFaults.Of(last, Where, what, place.Setting.Surroundings.Time),
        JsonException broken => AzureFaults.Busy(Where, what, $"the answer is no JSON: {broken.Message}"),
        _ => null,
    };

    private static string WordOf(string type) => type switch
    {
        "galleries" => "the gallery",
        "images" => "the image definition",
        "versions" => "the image version",
        "disks" => "the disk",
        "diskAccesses" => "the disk access",
        "privateEndpoints" => "the private endpoint",
        "networkInterfaces" => "the network interface",
        _ => type,
    };
}
