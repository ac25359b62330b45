using System.Net;
using System.Text;

namespace ImageFactory.Build.Tests.Job;

/// <summary>Sits on the line to a service: sees each request before it arrives, and may refuse it with a message that repeats whatever secret there is.</summary>
/// <param name="isUpload">Content of the image is sent, by the request's line and the beginning of its content.</param>
/// <param name="isSignIn">Asks for a token: what answers it waits long before it gives up on a service that fails.</param>
/// <param name="isLast">The image is made of what was sent.</param>
/// <param name="refusal">The service's form of a refusal, from its status and message.</param>
internal sealed class Eavesdropper(Func<string, bool> isUpload, Func<string, bool> isSignIn, Func<string, bool> isLast, Func<string, int, string, string> refusal)
{
    /// <summary>What every repeated secret comes behind.</summary>
    public const string Mark = "you sent";

    private string? upload;

    /// <summary>Called at the first upload after it was set.</summary>
    public Action? AtUpload
    {
        get;
        set => (field, upload) = (value, null);
    }

    /// <summary>The status of refusals; 0: none.</summary>
    public int Refuses { get; set; }

    /// <summary>Only the last step is refused; else everything from the first request on.</summary>
    public bool OnlyLast { get; set; }

    /// <summary>Beside the login, and the address of the upload.</summary>
    public IReadOnlyList<string> Repeated { get; set; } = [];

    /// <param name="line">Method, address, and the beginning of a text.</param>
    /// <param name="login">The header Authorization.</param>
    /// <returns>The refusal, or null to go on.</returns>
    public string? Hear(string line, string? login)
    {
        if (isUpload(line) && Interlocked.CompareExchange(ref upload, line.Split('\n')[0], null) is null)
            AtUpload?.Invoke();
        bool refuses = Refuses > 0 && (OnlyLast ? isLast(line) : Refuses == 403 || !isSignIn(line));
        return refuses ? refusal(line, Refuses, $"{Mark} {string.Join(' ', Repeated)} {login} with {line.Split('\n')[0]} after {upload}") : null;
    }

    public HttpMessageHandler Handler(HttpMessageHandler inner) => new Tapping(this, inner);

    private sealed class Tapping(Eavesdropper line, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string text = request.Content is { Headers: { ContentLength: < 20_000, ContentType.MediaType: { } type } } && (type.Contains("json", StringComparison.Ordinal) || type.Contains("form", StringComparison.Ordinal))
                ? await request.Content.ReadAsStringAsync(cancellationToken) : "";
            string? refusal = line.Hear($"{request.Method} {request.RequestUri}\n{text}", request.Headers.Authorization?.ToString());
            cancellationToken.ThrowIfCancellationRequested();
            return refusal is null ? await base.SendAsync(request, cancellationToken)
                : new HttpResponseMessage((HttpStatusCode)line.Refuses) { RequestMessage = request, Content = new StringContent(refusal, Encoding.UTF8, refusal.StartsWith('<') ? "text/xml" : "application/json") };
        }
    }
}
