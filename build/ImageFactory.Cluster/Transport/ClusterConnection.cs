using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Cluster.Access;
using ImageFactory.Model;

namespace ImageFactory.Cluster.Transport;

/// <summary>Requests to the API server. Answers are small and read whole.</summary>
public sealed class ClusterConnection : IDisposable
{
    private readonly ClusterAccess access;
    private readonly HttpClient http;

    /// <param name="environment">For the proxy variables.</param>
    /// <param name="resilience">Puts what tries again in front of the transport.</param>
    public ClusterConnection(ClusterAccess access, IReadOnlyDictionary<string, string> environment, Func<HttpMessageHandler, HttpMessageHandler> resilience)
    {
        this.access = access;
        SocketsHttpHandler transport = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            Proxy = access.Proxy is { } own ? new WebProxy(own) : new EnvironmentProxy(environment),
            SslOptions = SslOptions(access),
        };
        http = new HttpClient(resilience(transport)) { Timeout = TimeSpan.FromSeconds(60), BaseAddress = access.Server };
        http.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        http.DefaultRequestHeaders.UserAgent.ParseAdd("ImageFactory/1");
    }

    public string Namespace => access.Namespace;

    public void Dispose() => http.Dispose();

    /// <summary>Sends a request; a token that was refused is read once more, since it may have been replaced meanwhile.</summary>
    /// <param name="path">Below the server: <c>/api/v1/…</c>.</param>
    /// <param name="request">What is asked for, in words of RBAC.</param>
    /// <exception cref="FactoryException">IFK201: not known. IFK202: not allowed. IFK301, IFK302: no answer. Other answers are the caller's.</exception>
    internal async Task<ApiAnswer> SendAsync(HttpMethod method, string path, ApiRequest request, JsonNode? body, string contentType, CancellationToken cancellation)
    {
        ApiAnswer answer = await SendOnceAsync(method, path, body, contentType, cancellation).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.Unauthorized && access.Token is not null)
            answer = await SendOnceAsync(method, path, body, contentType, cancellation).ConfigureAwait(false);
        return answer.Status switch
        {
            HttpStatusCode.Unauthorized => throw new FactoryException(ApiFaults.NotKnown(access, answer.Message)),
            HttpStatusCode.Forbidden => throw new FactoryException(ApiFaults.NotAllowed(request, answer.Message)),
            _ => answer,
        };
    }

    private async Task<ApiAnswer> SendOnceAsync(HttpMethod method, string path, JsonNode? body, string contentType, CancellationToken cancellation)
    {
        using HttpRequestMessage message = new(method, path);
        if (access.Token is { } token)
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token().Reveal());
        if (body is not null)
            message.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, contentType);
        try
        {
            using HttpResponseMessage answer = await http.SendAsync(message, cancellation).ConfigureAwait(false);
            string text = await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            return new ApiAnswer(answer.StatusCode, Parse(text), text);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.SecureConnectionError || e.InnerException is AuthenticationException)
        {
            throw new FactoryException(ApiFaults.Untrusted(access, e.InnerException?.Message ?? e.Message), e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new FactoryException(ApiFaults.Unreachable(access, e.InnerException?.Message ?? e.Message), e);
        }
    }

    private static JsonObject? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            // Proxies and load balancers answer in HTML; the caller shows what came.
            return null;
        }
    }

    private static SslClientAuthenticationOptions SslOptions(ClusterAccess access)
    {
        SslClientAuthenticationOptions options = new() { TargetHost = access.ServerName ?? access.Server.IdnHost };
        if (access.ClientCertificate is { } client)
            options.ClientCertificates = [client];
        if (access.Authorities.Count > 0)
        {
            // The cluster's own authority instead of the system's: nobody else may speak for the API server.
            options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(access.Authorities);
        }

        if (access.SkipsVerification)
            options.RemoteCertificateValidationCallback = (_, _, _, errors) => access.SkipsVerification || errors == SslPolicyErrors.None;
        return options;
    }
}

/// <summary>What is asked for, as a rule of RBAC would allow it.</summary>
internal sealed record ApiRequest(string Verb, string Resource, string Namespace, string? Name)
{
    public override string ToString() => $"{Verb} {Resource}{(Name is null ? "" : " " + Name)} in namespace {Namespace}";
}

/// <param name="Body">Null when the answer is no JSON object.</param>
internal sealed record ApiAnswer(HttpStatusCode Status, JsonObject? Body, string Text)
{
    /// <summary>The server's own words: of its Status object, or the beginning of the answer.</summary>
    public string Message => (string?)Body?["message"] ?? (Text.Length > 300 ? Text[..300] : Text);
}
