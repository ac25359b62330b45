using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ImageFactory.Registry.References;

namespace ImageFactory.Registry.Carrying;

/// <summary>Answers in place of one registry from what was taken along, and never asks anybody.</summary>
/// <param name="host">The registry, as references name it.</param>
internal sealed class CarriedHandler(string host, CarriedImages images) : HttpMessageHandler
{
    private const string Root = "/v2/";
    private const string Manifests = "/manifests/";
    private const string Blobs = "/blobs/";

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromResult(request.Method == HttpMethod.Get ? Answer(request.RequestUri!.AbsolutePath) : Refuse(HttpStatusCode.MethodNotAllowed, "UNSUPPORTED", "what was taken along is only read"));

    private HttpResponseMessage Answer(string path)
    {
        if (Split(path, Manifests) is ({ } repository, { } name))
            return images.Find($"{host}/{repository}", name) is { } manifest ? Send(manifest.Digest, manifest.MediaType) : Missing();
        return Split(path, Blobs) is (_, { } blob) && ContentDigest.TryParse(blob, out ContentDigest digest) ? Send(digest, "application/octet-stream") : Missing();
    }

    private static (string? Repository, string? Name) Split(string path, string kind)
    {
        int at = path.LastIndexOf(kind, StringComparison.Ordinal);
        return at < Root.Length || !path.StartsWith(Root, StringComparison.Ordinal) ? (null, null) : (path[Root.Length..at], path[(at + kind.Length)..]);
    }

    private HttpResponseMessage Send(ContentDigest digest, string type)
    {
        if (images.Open(digest) is not { } content)
            return Missing();
        StreamContent body = new(content);
        body.Headers.ContentLength = content.Length;
        body.Headers.ContentType = new MediaTypeHeaderValue(type);
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = body };
    }

    private static HttpResponseMessage Missing() => Refuse(HttpStatusCode.NotFound, "UNKNOWN", "the bundle does not hold it");

    private static HttpResponseMessage Refuse(HttpStatusCode status, string code, string message) =>
        new(status) { Content = new StringContent($$"""{"errors":[{"code":"{{code}}","message":"{{message}}"}]}""", Encoding.UTF8, "application/json") };
}
