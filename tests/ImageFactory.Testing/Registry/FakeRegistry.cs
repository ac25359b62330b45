using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ImageFactory.Testing.Registry;

/// <summary>
/// A registry after the OCI distribution specification that refuses what the specification lets it refuse: manifests whose type
/// is not accepted, pieces that do not join, digests that are wrong, tokens that are expired, narrow, or for somebody else.
/// </summary>
public sealed partial class FakeRegistry : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, (string Type, byte[] Body)> manifests = new();
    private readonly ConcurrentDictionary<string, byte[]> blobs = new();
    private readonly WebApplication app;
    private readonly bool isTls;

    private FakeRegistry(WebApplication app, bool isTls)
    {
        this.app = app;
        this.isTls = isTls;
        Tokens = new FakeTokenService(this);
    }

    public string Host { get; private set; } = "";

    public string Address => $"{(isTls ? "https" : "http")}://{Host}";

    public FakeTokenService Tokens { get; }

    /// <summary>Who may pull; null lets everybody.</summary>
    public FakeAuthentication Authentication { get; set; }

    /// <summary>Answers instead of the registry when it returns true: for faults.</summary>
    public Func<HttpContext, Task<bool>>? Interfere { get; set; }

    /// <summary>Some registries send the whole blob whatever range is asked for.</summary>
    public bool IgnoresRanges { get; set; }

    /// <summary>Each request as <c>GET /v2/… scheme-of-login range</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public static async Task<FakeRegistry> StartAsync(X509Certificate2? certificate = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (certificate is not null)
                    listen.UseHttps(certificate);
            });
        });
        WebApplication app = builder.Build();
        FakeRegistry registry = new(app, certificate is not null);
        app.Run(registry.AnswerAsync);
        await app.StartAsync();
        Uri address = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        registry.Host = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{address.Port}");
        return registry;
    }

    public static string DigestOf(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    public string AddBlob(string repository, byte[] content)
    {
        string digest = DigestOf(content);
        blobs[$"{repository}@{digest}"] = content;
        return digest;
    }

    /// <summary>Serves other bytes under a digest than those it is of.</summary>
    public void ReplaceBlob(string repository, string digest, byte[] content) => blobs[$"{repository}@{digest}"] = content;

    public string AddManifest(string repository, string type, string json, params string[] tags)
    {
        byte[] body = Encoding.UTF8.GetBytes(json);
        string digest = DigestOf(body);
        foreach (string name in (string[])[digest, .. tags])
            manifests[$"{repository}@{name}"] = (type, body);
        return digest;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    internal static async Task RefuseAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""{"errors":[{"code":"{{code}}","message":"{{message}}"}]}""");
    }

    private async Task AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        string login = request.Headers.Authorization.ToString().Split(' ')[0];
        Requests.Enqueue($"{request.Method} {request.Path} {login} {request.Headers.Range}".TrimEnd());
        if (Interfere is not null && await Interfere(context))
            return;
        string path = request.Path.Value!;
        if (path == "/token")
        {
            await Tokens.AnswerAsync(context);
            return;
        }

        // Clients that want to know whether this is a registry at all.
        if (path == "/v2/")
        {
            if (await IsLetInAsync(context, "", "pull"))
                await context.Response.WriteAsync("{}");
            return;
        }

        (string repository, string kind, string name) = Split(path);
        if (kind.Length == 0)
            await RefuseAsync(context, 404, "NAME_UNKNOWN", "no such path");
        else if (await IsLetInAsync(context, repository, ActionOf(request)))
            await RouteAsync(context, repository, kind, name);
        if (Lose?.Invoke(context) == true)
            context.Abort();
    }

    private Task RouteAsync(HttpContext context, string repository, string kind, string name) => (context.Request.Method, kind) switch
    {
        ("GET" or "HEAD", "manifests") => SendManifestAsync(context, repository, name),
        ("GET" or "HEAD", "blobs") when !name.StartsWith("uploads/", StringComparison.Ordinal) => SendBlobAsync(context, repository, name),
        _ => PushAsync(context, repository, kind, name),
    };

    private static string ActionOf(HttpRequest request) => request.Method switch
    {
        "GET" or "HEAD" => "pull",
        "DELETE" when request.Path.Value!.Contains("/manifests/", StringComparison.Ordinal) => "delete",
        _ => "push",
    };

    private static (string Repository, string Kind, string Name) Split(string path)
    {
        foreach (string kind in (string[])["blobs", "manifests", "tags", "referrers"])
        {
            int at = path.LastIndexOf($"/{kind}/", StringComparison.Ordinal);
            if (path.StartsWith("/v2/", StringComparison.Ordinal) && at > 4)
                return (path[4..at], kind, path[(at + kind.Length + 2)..]);
        }

        return ("", "", "");
    }

    private async Task<bool> IsLetInAsync(HttpContext context, string repository, string action)
    {
        string header = context.Request.Headers.Authorization.ToString();
        string? problem = Authentication switch
        {
            FakeAuthentication.Basic => header == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("puller:geheim")) ? null : "authentication required",
            FakeAuthentication.Token => Tokens.Problem(header, repository, action),
            _ => null,
        };
        if (problem is null)
            return true;
        context.Response.Headers.WWWAuthenticate = Authentication == FakeAuthentication.Basic
            ? "Basic realm=\"registry\""
            : $"Bearer realm=\"{Address}/token\",service=\"{FakeTokenService.Service}\",scope=\"repository:{repository}:{(action == "pull" ? "pull" : "pull,push")}\"";
        await RefuseAsync(context, 401, "UNAUTHORIZED", problem);
        return false;
    }

    private async Task SendManifestAsync(HttpContext context, string repository, string name)
    {
        if (!manifests.TryGetValue($"{repository}@{name}", out (string Type, byte[] Body) found))
        {
            await RefuseAsync(context, 404, "MANIFEST_UNKNOWN", "manifest unknown");
            return;
        }

        if (!context.Request.Headers.Accept.ToString().Contains(found.Type, StringComparison.Ordinal))
        {
            await RefuseAsync(context, 404, "MANIFEST_UNKNOWN", "no manifest of an accepted type");
            return;
        }

        context.Response.ContentType = found.Type;
        context.Response.ContentLength = found.Body.Length;
        context.Response.Headers["Docker-Content-Digest"] = DigestOf(found.Body);
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(found.Body);
    }

    private async Task SendBlobAsync(HttpContext context, string repository, string digest)
    {
        if (!blobs.TryGetValue($"{repository}@{digest}", out byte[]? content))
        {
            await RefuseAsync(context, 404, "BLOB_UNKNOWN", "blob unknown to registry");
            return;
        }

        int from = 0;
        if (context.Request.GetTypedHeaders().Range is { } range && !IgnoresRanges)
        {
            from = (int)(range.Ranges.Single().From ?? 0);
            if (from >= content.Length)
            {
                await RefuseAsync(context, 416, "SIZE_INVALID", "range not satisfiable");
                return;
            }

            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{content.Length - 1}/{content.Length}");
        }

        context.Response.ContentLength = content.Length - from;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(content.AsMemory(from));
    }
}

public enum FakeAuthentication
{
    None,
    Basic,
    Token,
}
