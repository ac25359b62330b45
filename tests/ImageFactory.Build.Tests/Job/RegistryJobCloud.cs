using System.Text;
using System.Text.Json;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Testing.Registry;
using Microsoft.AspNetCore.Http;

namespace ImageFactory.Build.Tests.Job;

/// <summary>A registry that asks for a login. The Job knows none, so a recipe is published to it.</summary>
internal sealed class RegistryJobCloud : IJobCloud
{
    private const string Password = "canary/of+registry";

    private readonly FakeRegistry registry;
    private readonly TemporaryFolder files = new();

    private RegistryJobCloud(FakeRegistry registry, TestAuthority authority)
    {
        this.registry = registry;
        registry.Authentication = FakeAuthentication.Token;
        registry.Tokens.Password = Password;
        registry.Interfere = async context =>
        {
            string line = $"{context.Request.Method} {registry.Address}{context.Request.Path}{context.Request.QueryString}";
            if (Line.Hear(line, context.Request.Headers.Authorization) is not { } refusal)
                return false;
            context.Response.StatusCode = Line.Refuses;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(refusal);
            return true;
        };
        string login = Convert.ToBase64String(Encoding.UTF8.GetBytes($"puller:{Password}"));
        files.File("auth.json", JsonSerializer.Serialize(new { auths = new Dictionary<string, object> { [registry.Host] = new { auth = login } } }));
        files.File($"config/containers/certs.d/{registry.Host}/ca.crt", authority.Root.ExportCertificatePem());
        Variables = new() { ["REGISTRY_AUTH_FILE"] = Path.Combine(files.Path, "auth.json"), ["XDG_CONFIG_HOME"] = Path.Combine(files.Path, "config") };
        fixedSecrets = [Password, login];
    }

    private readonly string[] fixedSecrets;

    public string? Annotation => null;

    public string ImageKey => "NONE";

    public string RemovalVariable => "NONE";

    public string Image => $"{registry.Host}/org/podvm:v1";

    public Dictionary<string, string> Variables { get; }

    public Func<HttpMessageHandler>? Transport => null;

    public IReadOnlyList<string> Images => [.. registry.Everything().Where(e => e.Contains(":v1", StringComparison.Ordinal) || e.Contains("@v1", StringComparison.Ordinal))];

    public IReadOnlyList<string> Everything => registry.Everything();

    public IReadOnlyList<string> Secrets => [.. fixedSecrets, .. registry.Tokens.Texts];

    public Eavesdropper Line { get; } = new(
        line => line.StartsWith("PATCH ", StringComparison.Ordinal) || (line.StartsWith("PUT ", StringComparison.Ordinal) && line.Contains("/blobs/", StringComparison.Ordinal)),
        line => line.Contains("/token", StringComparison.Ordinal),
        line => line.StartsWith("PUT ", StringComparison.Ordinal) && line.Contains("/manifests/", StringComparison.Ordinal),
        (_, status, message) => JsonSerializer.Serialize(new { errors = new[] { new { code = status == 403 ? "DENIED" : "UNKNOWN", message } } }));

    public bool Refuses
    {
        get => Line.Refuses > 0;
        set => (Line.Refuses, Line.OnlyLast) = (value ? 403 : 0, true);
    }

    public static async Task<RegistryJobCloud> StartAsync(TestAuthority authority) => new(await FakeRegistry.StartAsync(authority.Server), authority);

    public void GiveAway() => throw new NotSupportedException("no test needs it");

    public async ValueTask DisposeAsync()
    {
        await registry.DisposeAsync();
        files.Dispose();
    }
}
