using System.Net;
using System.Text;
using System.Text.Json;
using ImageFactory.Publishing.Tests.Azure;
using ImageFactory.Publishing.Tests.Support.Http;

namespace ImageFactory.Build.Tests.Job;

internal sealed class AzureJobCloud(FakeArm arm) : IJobCloud
{
    public const string Gallery = "PodVMGallery_01234567";

    private const string Tenant = "99999999-2222-3333-4444-555555555555";

    public string? Annotation => "LATEST_IMAGE_ID";

    public string ImageKey => "AZURE_IMAGE_ID";

    public string RemovalVariable => "IMAGE_ID";

    public FakeArm Arm => arm;

    public Dictionary<string, string> Variables { get; } = new()
    {
        ["CLOUD_PROVIDER"] = "azure",
        ["AZURE_SUBSCRIPTION_ID"] = FakeArm.Subscription,
        ["AZURE_RESOURCE_GROUP"] = FakeArm.Group,
        ["AZURE_REGION"] = "westeurope",
        ["AZURE_TENANT_ID"] = Tenant,
        ["AZURE_CLIENT_ID"] = "88888888-2222-3333-4444-555555555555",
        ["AZURE_CLIENT_SECRET"] = "canary-client-secret",
        ["AZURE_RESOURCE_MANAGER_ENDPOINT"] = arm.Server.Address.ToString(),
        ["IMAGE_GALLERY_NAME"] = Gallery,
        ["IMAGE_DEFINITION_NAME"] = "podvm-image",
        ["IMAGE_VERSION"] = "19088743.0.1",
        ["CONFIDENTIAL_COMPUTE_ENABLED"] = "yes",
    };

    public Func<HttpMessageHandler>? Transport => () => Line.Handler(new SignIn(FakeServer.Trusting()));

    public IReadOnlyList<string> Secrets { get; } = ["canary-client-secret", FakeArm.Token, FakeArm.Signature];

    public Eavesdropper Line { get; } = new(
        line => line.Contains("/blob/", StringComparison.Ordinal),
        line => line.Contains("login.microsoftonline.com", StringComparison.Ordinal),
        line => line.StartsWith("PUT ", StringComparison.Ordinal) && line.Contains("/versions/", StringComparison.Ordinal),
        (line, status, message) => line.Contains("/blob/", StringComparison.Ordinal)
            ? $"<Error><Code>{(status == 403 ? "AuthorizationFailure" : "InternalError")}</Code><Message>{WebUtility.HtmlEncode(message)}</Message></Error>"
            : line.Contains("login.microsoftonline.com", StringComparison.Ordinal)
            ? JsonSerializer.Serialize(new { error = "unauthorized_client", error_description = message })
            : JsonSerializer.Serialize(new { error = new { code = status == 403 ? "AuthorizationFailed" : "InternalServerError", message } }));

    public IReadOnlyList<string> Images => [.. arm.Ids.Where(i => i.Contains("/versions/", StringComparison.Ordinal))];

    public IReadOnlyList<string> Everything => arm.Ids;

    public bool Refuses
    {
        get => arm.VersionError is not null;
        set => arm.VersionError = value ? "InvalidParameter" : null;
    }

    public static async Task<AzureJobCloud> StartAsync() => new(await FakeArm.StartAsync());

    public void GiveAway()
    {
        foreach (string id in arm.Ids)
            arm.TagsOf(id)["imagefactory-owner"] = "somebody-else";
    }

    public ValueTask DisposeAsync() => arm.DisposeAsync();

    /// <summary>Entra's answers, as its library asks for them; all else goes to the resource manager.</summary>
    private sealed class SignIn(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private const string Authority = $"https://login.microsoftonline.com/{Tenant}";

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.Host != "login.microsoftonline.com")
                return base.SendAsync(request, cancellationToken);
            string path = request.RequestUri.AbsolutePath;
            string text = path.Contains("discovery/instance", StringComparison.Ordinal)
                ? $$"""{"tenant_discovery_endpoint":"{{Authority}}/v2.0/.well-known/openid-configuration","api-version":"1.1","metadata":[{"preferred_network":"login.microsoftonline.com","preferred_cache":"login.windows.net","aliases":["login.microsoftonline.com","login.windows.net"]}]}"""
                : path.EndsWith("openid-configuration", StringComparison.Ordinal)
                ? $$"""{"token_endpoint":"{{Authority}}/oauth2/v2.0/token","authorization_endpoint":"{{Authority}}/oauth2/v2.0/authorize","issuer":"{{Authority}}/v2.0"}"""
                : $$"""{"token_type":"Bearer","expires_in":3600,"ext_expires_in":3600,"access_token":"{{FakeArm.Token}}"}""";
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = new StringContent(text, Encoding.UTF8, "application/json") });
        }
    }
}
