using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Registry.Authentication;

namespace ImageFactory.Registry.Transport;

/// <summary>Gets tokens from the service that a registry names (the distribution project's token specification).</summary>
internal sealed class TokenService(RegistryHost host, TimeProvider time)
{
    private const int MostBytes = 1 << 20;
    private const int DefaultSeconds = 60;

    /// <summary>A token is renewed a little before it ends.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    /// <exception cref="FactoryException">IFO303, IFO307, IFO310.</exception>
    public async Task<Token> AskAsync(Challenge challenge, IReadOnlyList<string> scopes, Credential? credential, string where, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(challenge["realm"], UriKind.Absolute, out Uri? realm) || (realm.Scheme != Uri.UriSchemeHttps && realm.Scheme != Uri.UriSchemeHttp))
            throw new FactoryException(ServiceFaults.NoToken(where, "the registry does not say where to ask"));
        if (realm.Scheme == Uri.UriSchemeHttp && credential is not null && !host.IsInsecure)
            throw new FactoryException(ServiceFaults.PlainSecret(where));

        string service = challenge["service"] ?? "";
        DateTimeOffset asked = time.GetUtcNow();
        using HttpResponseMessage answer = credential is { IsIdentityToken: true }
            ? await host.SendAsync(() => Exchange(realm, service, scopes, credential), where, cancellation).ConfigureAwait(false)
            : await host.SendAsync(() => Ask(realm, service, scopes, credential), where, cancellation).ConfigureAwait(false);
        string body = await Bodies.ReadTextAsync(answer, MostBytes, cancellation).ConfigureAwait(false);
        if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest)
            throw new FactoryException(ServiceFaults.Unauthorized(where, credential is not null, ServiceFaults.Said(body)));
        if (!answer.IsSuccessStatusCode)
            throw new FactoryException(ServiceFaults.NoToken(where, $"{realm.GetLeftPart(UriPartial.Path)} answers {(int)answer.StatusCode}"));
        return Read(body, asked, where);
    }

    private static HttpRequestMessage Ask(Uri realm, string service, IReadOnlyList<string> scopes, Credential? credential)
    {
        string query = $"{(realm.Query.Length > 0 ? "&" : "?")}service={Uri.EscapeDataString(service)}{string.Concat(scopes.Select(s => $"&scope={Uri.EscapeDataString(s)}"))}";
        HttpRequestMessage request = new(HttpMethod.Get, new Uri(realm.AbsoluteUri + query));
        if (credential is not null)
            request.Headers.Authorization = Basic(credential);
        return request;
    }

    private static HttpRequestMessage Exchange(Uri realm, string service, IReadOnlyList<string> scopes, Credential credential) => new(HttpMethod.Post, realm)
    {
        Content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "refresh_token",
            ["refresh_token"] = credential.Secret,
            ["service"] = service,
            ["scope"] = string.Join(' ', scopes),
            ["client_id"] = "image-factory",
        }),
    };

    public static AuthenticationHeaderValue Basic(Credential credential) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.User}:{credential.Secret}")));

    private Token Read(string body, DateTimeOffset asked, string where)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            string? text = Text(root, "token") ?? Text(root, "access_token");
            if (string.IsNullOrEmpty(text))
                throw new FactoryException(ServiceFaults.NoToken(where, "its answer has no token"));
            int seconds = root.TryGetProperty("expires_in", out JsonElement life) && life.ValueKind == JsonValueKind.Number && life.TryGetInt32(out int found) && found > 0 ? found : DefaultSeconds;
            host.Conceal(new Secret(text));
            return new Token(text, asked + TimeSpan.FromSeconds(seconds) - Margin);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FactoryException(ServiceFaults.NoToken(where, "its answer is no JSON object"), e);
        }
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;
}

/// <param name="Until">Not to be used any more from then on.</param>
internal sealed record Token(string Text, DateTimeOffset Until)
{
    public override string ToString() => "***";
}
