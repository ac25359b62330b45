using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Apis.Auth.OAuth2;
using ImageFactory.Model;
using ImageFactory.Publishing.Http;

namespace ImageFactory.Publishing.Gcp;

/// <summary>
/// JSON calls to Compute Engine, Cloud Storage and the Resource Manager. Credentials and tokens are those of Google.Apis.Auth; retries stand
/// outside, so that each attempt has a valid token.
/// </summary>
internal sealed class GcpClient : IDisposable
{
    private readonly HttpClient http;
    private readonly GcpPlace place;

    private GcpClient(HttpClient http, GcpPlace place)
    {
        this.http = http;
        this.place = place;
        Storage = AddressOf("STORAGE", "https://storage.googleapis.com");
        Compute = AddressOf("COMPUTE", "https://compute.googleapis.com");
        ResourceManager = AddressOf("CLOUDRESOURCEMANAGER", "https://cloudresourcemanager.googleapis.com");
    }

    public Uri Storage { get; }

    public Uri Compute { get; }

    public Uri ResourceManager { get; }

    /// <exception cref="FactoryException">IFU502.</exception>
    public static async Task<GcpClient> OpenAsync(GcpPlace place, CancellationToken cancellation)
    {
        ITokenAccess credential = await GcpCredential.OpenAsync(place, cancellation).ConfigureAwait(false);
#pragma warning disable CA2000 // The client owns its handlers.
        RetryHandler retry = new(new BearerHandler(credential, place, place.Around.Transport()), RetryPolicy.Default, IsTransientAsync, place.Around.Time);
#pragma warning restore CA2000

        // Waiting for an operation takes up to two minutes by itself.
        return new GcpClient(new HttpClient(retry) { Timeout = TimeSpan.FromMinutes(10) }, place);
    }

    /// <exception cref="GcpError">The service refused.</exception>
    /// <exception cref="FactoryException">IFU505, IFU518.</exception>
    public async Task<JsonElement> CallAsync(string operation, HttpMethod method, Uri address, JsonNode? body, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(method, address);
        if (body is not null)
            request.Content = JsonOf(body);
        using HttpResponseMessage answer = await SendAsync(operation, request, cancellation).ConfigureAwait(false);
        string text = await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        if (text.Length == 0)
            return default;
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            return json.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new FactoryException(GcpFaults.NotUnderstood(place.Where, $"{operation}: {e.Message}"), e);
        }
    }

    /// <summary>The same, and null for what is not there.</summary>
    public async Task<JsonElement?> FindAsync(string operation, HttpMethod method, Uri address, JsonNode? body, CancellationToken cancellation)
    {
        try
        {
            return await CallAsync(operation, method, address, body, cancellation).ConfigureAwait(false);
        }
        catch (GcpError e) when (e.IsAbsence)
        {
            return null;
        }
    }

    /// <summary>All items of a list that comes in pages.</summary>
    public async Task<IReadOnlyList<JsonElement>> ListAsync(string operation, Uri address, CancellationToken cancellation)
    {
        List<JsonElement> items = [];
        string? next = null;
        do
        {
            Uri page = next is null ? address : new Uri($"{address.AbsoluteUri}&pageToken={Uri.EscapeDataString(next)}");
            JsonElement answer = await CallAsync(operation, HttpMethod.Get, page, null, cancellation).ConfigureAwait(false);
            items.AddRange(answer.Items("items"));
            next = answer.Text("nextPageToken");
        }
        while (!string.IsNullOrEmpty(next));
        return items;
    }

    /// <summary>For answers that are no JSON. The caller disposes it.</summary>
    /// <exception cref="GcpError">The service refused.</exception>
    public async Task<HttpResponseMessage> SendAsync(string operation, HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage answer = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
            throw GcpError.Of(operation, (int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false));
    }

    public static StringContent JsonOf(JsonNode body) => new(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    public void Dispose() => http.Dispose();

    private static async ValueTask<bool> IsTransientAsync(HttpResponseMessage answer, CancellationToken cancellation) =>
        (int)answer.StatusCode == 403 && GcpError.IsThrottling(GcpError.Of("", 403, await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false)).Reason);

    /// <summary>The variable of Google's own command line for other addresses; of its value only scheme and host count.</summary>
    private Uri AddressOf(string service, string usual) =>
        new(place.Around.Variable("CLOUDSDK_API_ENDPOINT_OVERRIDES_" + service) is { } other ? new Uri(other).GetLeftPart(UriPartial.Authority) : usual);
}
