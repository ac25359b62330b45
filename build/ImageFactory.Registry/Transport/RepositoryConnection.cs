using System.Net;
using System.Net.Http.Headers;
using ImageFactory.Model;
using ImageFactory.Registry.Authentication;
using ImageFactory.Registry.References;

namespace ImageFactory.Registry.Transport;

/// <summary>
/// Requests about one repository of one registry, with whatever login the registry asks for. Pulls and pushes both go through here:
/// <c>actions</c> is <c>pull</c> or <c>pull,push</c>.
/// </summary>
internal sealed class RepositoryConnection(RegistryHost host, string repository, AuthFiles credentials, TimeProvider time)
{
    private const int MostErrorBytes = 8 << 10;

    private readonly TokenService tokens = new(host, time);
    private readonly Dictionary<string, Token> held = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private volatile bool wantsBasic;
    private volatile Challenge? bearer;

    /// <summary>Host and repository, for faults.</summary>
    public string Name => $"{host.Name}/{repository}";

    public static RepositoryConnection Of(RegistryHost host, ImageReference reference, AuthFiles credentials, TimeProvider time) => new(host, reference.Repository, credentials, time);

    /// <param name="path">Below the repository: <c>manifests/latest</c>.</param>
    /// <param name="actions">What the login must allow.</param>
    /// <param name="prepare">Adds headers and content; called for each attempt.</param>
    /// <param name="where">How faults call what is asked for.</param>
    /// <returns>An answer with a status of success, its body not read yet.</returns>
    /// <exception cref="FactoryException">IFO301 to IFO310.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string actions, Action<HttpRequestMessage>? prepare, string where, CancellationToken cancellation)
    {
        HttpResponseMessage answer = await AskAsync(new RepositoryRequest(method, path, actions) { Prepare = prepare }, where, cancellation).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
            throw await RefusalAsync(answer, where, cancellation).ConfigureAwait(false);
    }

    /// <summary>As <see cref="SendAsync"/>, but the answer may have any status: for who knows what to make of it.</summary>
    /// <exception cref="FactoryException">IFO301 to IFO310; a login that is refused.</exception>
    public async Task<HttpResponseMessage> AskAsync(RepositoryRequest asked, string where, CancellationToken cancellation)
    {
        AuthenticationHeaderValue? authorization = Known(asked.Scopes(repository));
        if (authorization is null && bearer is { } challenge)
            authorization = await LogInAsync([challenge], null, asked, where, null, cancellation).ConfigureAwait(false);
        HttpResponseMessage answer = await SendAsync(authorization).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.Unauthorized)
            return answer;
        IReadOnlyList<Challenge> challenges = [.. answer.Headers.NonValidated.TryGetValues("WWW-Authenticate", out HeaderStringValues values) ? values.SelectMany(Challenge.Parse) : []];
        string? said = ServiceFaults.Said(await Bodies.ReadTextAsync(answer, MostErrorBytes, cancellation).ConfigureAwait(false));
        answer.Dispose();
        authorization = await LogInAsync(challenges, authorization?.Scheme, asked, where, said, cancellation).ConfigureAwait(false);
        return await SendAsync(authorization).ConfigureAwait(false);

        Task<HttpResponseMessage> SendAsync(AuthenticationHeaderValue? login) => host.SendAsync(
            () =>
            {
                Uri address = asked.AddressAt(host, repository);
                HttpRequestMessage request = new(asked.Method, address);
                // Uploads may be sent to another host, which has no business with the login.
                request.Headers.Authorization = host.IsAt(address) ? login : null;
                asked.Prepare?.Invoke(request);
                return request;
            },
            where,
            cancellation,
            asked.IsRepeatable);
    }

    /// <summary>The fault of an answer that is no success.</summary>
    public async Task<FactoryException> RefusalAsync(HttpResponseMessage answer, string where, CancellationToken cancellation)
    {
        string? said = ServiceFaults.Said(await Bodies.ReadTextAsync(answer, MostErrorBytes, cancellation).ConfigureAwait(false));
        return new FactoryException(answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ServiceFaults.Unauthorized(where, credentials.Find(host.Name, repository) is not null, said),
            HttpStatusCode.NotFound => ServiceFaults.NotFound(where, said),
            _ => ServiceFaults.Refused(where, answer.StatusCode, said),
        });
    }

    private AuthenticationHeaderValue? Known(IReadOnlyList<string> scopes)
    {
        if (wantsBasic)
            return TokenService.Basic(credentials.Find(host.Name, repository)!);
        lock (gate)
            return held.TryGetValue(string.Join(' ', scopes), out Token? token) && token.Until > time.GetUtcNow() ? new("Bearer", token.Text) : null;
    }

    /// <param name="sent">The scheme of the login that was refused just now, if any.</param>
    private async Task<AuthenticationHeaderValue> LogInAsync(
        IReadOnlyList<Challenge> challenges, string? sent, RepositoryRequest asked, string where, string? said, CancellationToken cancellation)
    {
        Credential? credential = credentials.Find(host.Name, repository);
        foreach (Challenge challenge in challenges)
        {
            if (challenge.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            {
                IReadOnlyList<string> scopes = asked.Scopes(repository);
                Token token = await tokens.AskAsync(challenge, scopes, credential, where, cancellation).ConfigureAwait(false);
                bearer = challenge;
                lock (gate)
                    held[string.Join(' ', scopes)] = token;
                return new("Bearer", token.Text);
            }

            if (challenge.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
            {
                bool refused = sent == "Basic";
                if (credential is null || credential.IsIdentityToken || refused)
                    throw new FactoryException(ServiceFaults.Unauthorized(where, refused, said));
                wantsBasic = true;
                return TokenService.Basic(credential);
            }
        }

        throw new FactoryException(challenges.Count == 0 ? ServiceFaults.Unauthorized(where, credential is not null, said) : ServiceFaults.UnknownScheme(where, string.Join(", ", challenges.Select(c => c.Scheme))));
    }
}
