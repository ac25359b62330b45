using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ImageFactory.Publishing.Tests.Support.Http;

/// <summary>
/// A service on loopback over TLS. Requests are answered one after another, so that its state needs no locks; each can be made to go wrong.
/// </summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private static readonly X509Certificate2 Certificate = MakeCertificate();

    private readonly WebApplication application;
    private readonly SemaphoreSlim turn = new(1);
    private readonly ConcurrentQueue<string> lines = new();
    private int count;

    private FakeServer(Func<FakeRequest, Task<FakeAnswer>> answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(o =>
        {
            o.Listen(IPAddress.Loopback, 0, l => l.UseHttps(Certificate));
            o.Limits.MaxRequestBodySize = 64 << 20;
        });
        application = builder.Build();
        application.Run(context => HandleAsync(context, answer));
    }

    public Uri Address { get; private set; } = new("https://invalid");

    /// <summary>What goes wrong with a request, from its number and content; null for nothing.</summary>
    public Func<FakeRequest, Mishap?> Fault { get; set; } = _ => null;

    /// <summary>Method, path and query of every request, in order.</summary>
    public IReadOnlyList<string> Lines => [.. lines];

    /// <summary>A refusal in the service's own form, from its status, a word for machines and a sentence.</summary>
    public Func<int, string, string, FakeAnswer> ErrorForm { get; set; } = (status, code, message) =>
        FakeAnswer.Json(status, new System.Text.Json.Nodes.JsonObject { ["error"] = new System.Text.Json.Nodes.JsonObject { ["code"] = code, ["message"] = message } });

    /// <summary>How far the service's clock is from ours.</summary>
    public TimeSpan Skew { get; set; }

    public static async Task<FakeServer> StartAsync(Func<FakeRequest, Task<FakeAnswer>> answer)
    {
        FakeServer server = new(answer);
        await server.application.StartAsync();
        IServerAddressesFeature addresses = server.application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        server.Address = new Uri(addresses.Addresses.Single());
        return server;
    }

    /// <summary>A client's lowest handler that trusts this server.</summary>
    public static HttpMessageHandler Trusting() => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null && certificate.GetCertHashString() == Certificate.GetCertHashString() },
    };

    public async ValueTask DisposeAsync()
    {
        await application.DisposeAsync();
        turn.Dispose();
    }

    private async Task HandleAsync(HttpContext context, Func<FakeRequest, Task<FakeAnswer>> handler)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        string path = context.Request.Path.ToUriComponent();
        FakeRequest request = new(Interlocked.Increment(ref count) - 1, context.Request.Method, path, context.Request.QueryString.Value ?? "", context.Request.Headers, body.ToArray());
        lines.Enqueue(request.Line);
        Mishap? mishap = Fault(request);
        switch (mishap)
        {
            case Mishap.ResetBefore:
                context.Abort();
                return;
            case Mishap.Slow:
                await Task.Delay(50, context.RequestAborted);
                break;
        }

        FakeAnswer answer = mishap switch
        {
            Mishap.Unavailable => ErrorForm(503, "ServerBusy", "busy"),
            Mishap.Throttled => ErrorForm(429, "TooManyRequests", "slow down").With("Retry-After", "0"),
            Mishap.Refused => ErrorForm(403, "AuthorizationFailed", "injected"),
            _ => await InTurnAsync(request, handler),
        };
        if (ReferenceEquals(answer, FakeAnswer.Broken))
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = answer.Status;
        context.Response.Headers.Date = (DateTimeOffset.UtcNow + Skew).ToString("R");
        foreach ((string name, string value) in answer.Headers)
            context.Response.Headers[name] = value;
        if (answer.Body.Length > 0)
            context.Response.ContentType = answer.ContentType;
        if (answer.Status is not (204 or 304))
            context.Response.ContentLength = answer.Body.Length;
        if (mishap is Mishap.ResetAfter or Mishap.Truncated)
        {
            if (answer.Body.Length > 1)
            {
                await context.Response.Body.WriteAsync(answer.Body.AsMemory(0, answer.Body.Length / 2));
                await context.Response.Body.FlushAsync();
            }

            context.Abort();
            return;
        }

        if (answer.Body.Length > 0)
            await context.Response.Body.WriteAsync(answer.Body);
    }

    private async Task<FakeAnswer> InTurnAsync(FakeRequest request, Func<FakeRequest, Task<FakeAnswer>> handler)
    {
        await turn.WaitAsync();
        try
        {
            return await handler(request);
        }
        finally
        {
            turn.Release();
        }
    }

    private static X509Certificate2 MakeCertificate()
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }
}
