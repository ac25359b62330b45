using System.Text.Json;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Http;
using ImageFactory.Model;
using ImageFactory.Publishing.Http;

namespace ImageFactory.Publishing.Gcp;

/// <summary>
/// Who signs in: the key that the agent Job is given, the file that Google's own tools take, else their chain (the user's sign-in with gcloud,
/// the machine's service account).
/// </summary>
internal static class GcpCredential
{
    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    /// <exception cref="FactoryException">IFU502.</exception>
    public static async Task<ITokenAccess> OpenAsync(GcpPlace place, CancellationToken cancellation)
    {
        try
        {
            GoogleCredential credential = await TextAsync(place, cancellation).ConfigureAwait(false) is { } text
                ? Read(text, place)
                : await GoogleCredential.GetApplicationDefaultAsync(cancellation).ConfigureAwait(false);
            return credential.CreateScoped(Scope).CreateWithHttpClientFactory(new TransportFactory(place.Around));
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException or IOException or UnauthorizedAccessException or ArgumentException or FormatException)
        {
            throw new FactoryException(GcpFaults.NoCredentials(place.Where, e.Message), e);
        }
    }

    private static async Task<string?> TextAsync(GcpPlace place, CancellationToken cancellation) =>
        place.Around.Variable("GCP_CREDENTIALS")
        ?? (place.Around.Variable("GOOGLE_APPLICATION_CREDENTIALS") is { } file ? await File.ReadAllTextAsync(file, cancellation).ConfigureAwait(false) : null);

    private static GoogleCredential Read(string text, GcpPlace place)
    {
        place.Around.Conceal(new Secret(text));
        using JsonDocument json = JsonDocument.Parse(text);
        foreach (string name in (string[])["private_key", "client_secret", "refresh_token"])
        {
            if (json.RootElement.Text(name) is { Length: > 0 } secret)
                place.Around.Conceal(new Secret(secret));
        }

        string type = json.RootElement.Text("type") ?? throw new FormatException("the key's JSON has no 'type'");
        return CredentialFactory.FromJson(text, type);
    }

    /// <summary>Tokens are asked for through the same transport as everything else.</summary>
    private sealed class TransportFactory(PublishSurroundings around) : HttpClientFactory
    {
        protected override HttpMessageHandler CreateHandler(CreateHttpClientArgs args) =>
            new RetryHandler(around.Transport(), RetryPolicy.Default, (_, _) => ValueTask.FromResult(false), around.Time);
    }
}
