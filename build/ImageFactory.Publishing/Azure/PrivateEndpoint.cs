using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Azure.Core;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Azure;

/// <summary>
/// The way to the disk through a subnet: a disk access, and an endpoint for it. The disk's host name is connected to the endpoint's
/// address directly, so that neither a private DNS zone nor a line in a hosts file is needed.
/// </summary>
internal sealed class PrivateEndpoint(AzurePlace place, ArmResources resources, AzureTiming timing, PublishableImage image, PublicationJournal journal)
{
    private static readonly TimeSpan AddressLimit = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, IPAddress> addresses = new(StringComparer.OrdinalIgnoreCase);
    private IPAddress? any;

    public ResourceIdentifier DiskAccess { get; } = place.DiskAccess(image.Digest);

    private ResourceIdentifier Endpoint { get; } = place.Endpoint(image.Digest);

    public async Task EnsureAsync(CancellationToken cancellation)
    {
        await MakeAsync(AzureWords.DiskAccess, DiskAccess, [], cancellation).ConfigureAwait(false);
        await MakeAsync(AzureWords.Endpoint, Endpoint, EndpointBody(), cancellation).ConfigureAwait(false);
        await new Polling(place.Setting.Surroundings.Time, timing.Poll, timing.Poll, AddressLimit).UntilAsync(
            async token => await ReadAddressesAsync(token).ConfigureAwait(false) ? this : null,
            _ => AzureFaults.NoEndpointAddress(place.Setting.Where, Endpoint.Name),
            cancellation).ConfigureAwait(false);
    }

    /// <summary>Connects to the address that the endpoint has for the host.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            IPAddress address = addresses.TryGetValue(context.DnsEndPoint.Host, out IPAddress? own) ? own : any!;
            await socket.ConnectAsync(new IPEndPoint(address, context.DnsEndPoint.Port), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task MakeAsync(string kind, ResourceIdentifier id, JsonObject body, CancellationToken cancellation)
    {
        // A PUT of the same body changes nothing, so one that an earlier run made is simply confirmed.
        journal.Intend(kind, id.ToString());
        await resources.PutAsync(id, ImageTags.Of(place.Setting, image), body, sku: null, cancellation).ConfigureAwait(false);
        journal.Created(kind, id.ToString(), id.ToString());
    }

    private JsonObject EndpointBody() => new()
    {
        ["subnet"] = new JsonObject { ["id"] = place.Destination.PrivateEndpointSubnet },
        ["privateLinkServiceConnections"] = new JsonArray(new JsonObject
        {
            ["name"] = "disk",
            ["properties"] = new JsonObject { ["privateLinkServiceId"] = DiskAccess.ToString(), ["groupIds"] = new JsonArray("disks") },
        }),
    };

    private async Task<bool> ReadAddressesAsync(CancellationToken cancellation)
    {
        if (await resources.GetAsync(Endpoint, cancellation).ConfigureAwait(false) is not { } endpoint)
            return false;
        foreach (JsonNode? entry in endpoint.Properties["customDnsConfigs"] as JsonArray ?? [])
        {
            if (entry?["fqdn"]?.GetValue<string>() is { } host && entry["ipAddresses"] is JsonArray { Count: > 0 } list && IPAddress.TryParse((string?)list[0], out IPAddress? address))
                any = addresses[host] = address;
        }

        if (any is null && (string?)(endpoint.Properties["networkInterfaces"] as JsonArray ?? []).FirstOrDefault()?["id"] is { } card
            && await resources.GetAsync(new ResourceIdentifier(card), cancellation).ConfigureAwait(false) is { } found)
        {
            string? text = (string?)(found.Properties["ipConfigurations"] as JsonArray ?? []).FirstOrDefault()?["properties"]?["privateIPAddress"];
            any = IPAddress.TryParse(text, out IPAddress? address) ? address : null;
        }

        return any is not null;
    }
}
