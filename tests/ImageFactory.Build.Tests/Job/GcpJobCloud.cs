using System.Text.Json.Nodes;
using ImageFactory.Publishing.Tests.Gcp;
using ImageFactory.Publishing.Tests.Support.Http;

namespace ImageFactory.Build.Tests.Job;

internal sealed class GcpJobCloud(FakeGoogle google) : IJobCloud
{
    public string? Annotation => "LATEST_IMAGE_ID";

    public string ImageKey => "PODVM_IMAGE_NAME";

    public string RemovalVariable => "IMAGE_NAME";

    public Dictionary<string, string> Variables { get; } = new()
    {
        ["CLOUD_PROVIDER"] = "gcp",
        ["GCP_PROJECT_ID"] = FakeGoogle.Project,
        ["GCP_ZONE"] = "europe-west4-a",
        ["GCP_CREDENTIALS"] = google.KeyFile,
        ["CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE"] = new Uri(google.Server.Address, "/storage/v1/").AbsoluteUri,
        ["CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE"] = new Uri(google.Server.Address, "/compute/v1/").AbsoluteUri,
        ["CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER"] = google.Server.Address.AbsoluteUri,
        ["IMAGE_BASE_NAME"] = "podvm-image",
        ["IMAGE_VERSION"] = "19088743-0-1",
    };

    public Func<HttpMessageHandler>? Transport => () => Line.Handler(FakeServer.Trusting());

    public IReadOnlyList<string> Secrets { get; } =
        ["canary-token-", "canary-session-", .. ((string)JsonNode.Parse(google.KeyFile)!["private_key"]!).Split('\n').Where(l => l.Length > 10 && !l.StartsWith('-'))];

    public Eavesdropper Line { get; } = new(
        line => line.StartsWith("PUT ", StringComparison.Ordinal) && line.Contains("upload_id=", StringComparison.Ordinal),
        line => line.Contains("/token", StringComparison.Ordinal),
        line => line.StartsWith("POST ", StringComparison.Ordinal) && line.Contains("/global/images?", StringComparison.Ordinal),
        (_, status, message) => System.Text.Encoding.UTF8.GetString(FakeGoogle.Refusal(status, status == 403 ? "forbidden" : "backendError", message).Body));

    public IReadOnlyList<string> Images => [.. google.Compute.Images.Keys];

    public IReadOnlyList<string> Everything => google.Everything;

    public bool Refuses
    {
        get;
        set
        {
            field = value;
            google.Server.Fault = request => value && request.Method == "POST" && request.Path.EndsWith("/global/images", StringComparison.Ordinal) ? Mishap.Refused : null;
        }
    }

    public static async Task<GcpJobCloud> StartAsync() => new(await FakeGoogle.StartAsync());

    public void GiveAway()
    {
        foreach (FakeGcpImage image in google.Compute.Images.Values)
            image.Asked["labels"]!["imagefactory-owner"] = "somebody-else";
    }

    public ValueTask DisposeAsync() => google.DisposeAsync();
}
