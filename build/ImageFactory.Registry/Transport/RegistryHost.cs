using System.Net;
using System.Security.Authentication;
using ImageFactory.Model;
using ImageFactory.Registry.Carrying;

namespace ImageFactory.Registry.Transport;

/// <summary>
/// Requests to one registry: tries again what fails in passing, follows redirects itself (a token never goes to another host), and
/// falls back to plain HTTP only where that was asked for.
/// </summary>
internal sealed class RegistryHost : IDisposable
{
    private const int MostRedirects = 5;

    private readonly RegistrySettings settings;
    private readonly TimeProvider time;
    private readonly HttpClient http;
    private volatile bool isPlain;

    public RegistryHost(string name, bool insecure, RegistrySettings settings, TimeProvider time)
    {
        Name = name;
        IsInsecure = insecure;
        this.settings = settings;
        this.time = time;
        http = new HttpClient(settings.Carried is { } carried ? new CarriedHandler(name, carried) : Sockets(name, insecure, settings)) { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("ImageFactory/1");
    }

    public Action<Secret> Conceal => settings.Conceal;

    /// <summary>Host and port as references have it.</summary>
    public string Name { get; }

    public bool IsInsecure { get; }

    public Uri AddressOf(string path) => new($"{(isPlain ? "http" : "https")}://{(Name == "docker.io" ? "registry-1.docker.io" : Name)}{path}");

    /// <summary>Whether an address is of this registry: only then it may see the login.</summary>
    public bool IsAt(Uri address) => AddressOf("/") is { } own && own.Authority.Equals(address.Authority, StringComparison.OrdinalIgnoreCase) && own.Scheme == address.Scheme;

    /// <summary>Sends a request, made anew for each attempt. The answer may have any status; its body is not read yet.</summary>
    /// <param name="make">Makes the request for an address below <see cref="AddressOf"/>.</param>
    /// <param name="where">How faults call what is asked for.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <param name="repeatable">False: one attempt.</param>
    /// <exception cref="FactoryException">IFO301, IFO302 or IFO306; what the content of the request threw.</exception>
    public async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> make, string where, CancellationToken cancellation, bool repeatable = true)
    {
        int attempts = repeatable ? settings.Attempts : 1;
        for (int attempt = 1; ; attempt++)
        {
            HttpResponseMessage? answer = null;
            try
            {
                answer = await SendOnceAsync(make, where, cancellation).ConfigureAwait(false);
                if (!RetryRule.IsPassing(answer.StatusCode) || attempt >= attempts)
                    return answer;
            }
            catch (HttpRequestException e) when (e.InnerException is FactoryException own)
            {
                // The disk that is sent could not be read.
                throw new FactoryException(own.Faults, e);
            }
            catch (HttpRequestException e) when (IsInsecure && !isPlain && e.HttpRequestError is (HttpRequestError.SecureConnectionError or HttpRequestError.ConnectionError))
            {
                // What speaks plain HTTP answers the handshake with something else, or listens on another port.
                isPlain = true;
                attempt--;
                continue;
            }
            catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.SecureConnectionError || e.InnerException is AuthenticationException)
            {
                throw new FactoryException(ServiceFaults.Untrusted(where, Name, e.InnerException?.Message ?? e.Message), e);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException)
            {
                if (attempt >= attempts || (e as HttpRequestException)?.HttpRequestError == HttpRequestError.NameResolutionError)
                    throw new FactoryException(ServiceFaults.Unreachable(where, Innermost(e)), e);
            }

            TimeSpan pause = RetryRule.Pause(settings, attempt, answer, time);
            answer?.Dispose();
            await Task.Delay(pause, time, cancellation).ConfigureAwait(false);
        }
    }

    public void Dispose() => http.Dispose();

    private static SocketsHttpHandler Sockets(string name, bool insecure, RegistrySettings settings) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(30),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        SslOptions = CertificateFolder.Load(settings.CertificateFolders, name, settings.Cluster?.Serves(name) == true ? settings.Cluster.AuthorityFile : null).ToOptions(insecure),
    };

    private async Task<HttpResponseMessage> SendOnceAsync(Func<HttpRequestMessage> make, string where, CancellationToken cancellation)
    {
        HttpRequestMessage request = make();
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage answer;
            using (request)
                answer = await HeadersOfAsync(request, cancellation).ConfigureAwait(false);
            if (answer.StatusCode is not (HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
                return answer;

            Uri? location = answer.Headers.Location;
            answer.Dispose();
            if (location is null || redirects == MostRedirects)
                throw new FactoryException(ServiceFaults.BadRedirect(where, location is null ? "without an address" : $"more than {MostRedirects} times"));
            request = Redirected(make(), request.RequestUri!, location, where);
        }
    }

    private HttpRequestMessage Redirected(HttpRequestMessage next, Uri from, Uri location, string where)
    {
        Uri to = new(from, location);
        if (to.Scheme != Uri.UriSchemeHttps && !(to.Scheme == Uri.UriSchemeHttp && (IsInsecure || from.Scheme == Uri.UriSchemeHttp)))
        {
            next.Dispose();
            throw new FactoryException(ServiceFaults.BadRedirect(where, $"from {from.Scheme} to {to.Scheme}://{to.Authority}"));
        }

        next.RequestUri = to;
        if (!to.Authority.Equals(from.Authority, StringComparison.OrdinalIgnoreCase) || to.Scheme != from.Scheme)
            next.Headers.Authorization = null;
        return next;
    }

    private async Task<HttpResponseMessage> HeadersOfAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using CancellationTokenSource silence = new(settings.Silence, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, silence.Token);
        if (request.Content is RangeContent sending)
            sending.Moved = () => silence.CancelAfter(settings.Silence);
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (silence.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {settings.Silence.TotalSeconds:0} s", e);
        }
    }

    private static string Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e.Message;
}
