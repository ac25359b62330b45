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
        AuthenticationHeaderValue? authorization = Known(actions);
        HttpResponseMessage answer = await SendAsync(authorization).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            IReadOnlyList<Challenge> challenges = [.. answer.Headers.NonValidated.TryGetValues("WWW-Authenticate", out HeaderStringValues values) ? values.SelectMany(Challenge.Parse) : []];
            string? said = ServiceFaults.Said(await Bodies.ReadTextAsync(answer, MostErrorBytes, cancellation).ConfigureAwait(false));
            answer.Dispose();
            authorization = await LogInAsync(challenges, authorization?.Scheme, actions, where, said, cancellation).ConfigureAwait(false);
            answer = await SendAsync(authorization).ConfigureAwait(false);
        }

        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
        {
            string? said = ServiceFaults.Said(await Bodies.ReadTextAsync(answer, MostErrorBytes, cancellation).ConfigureAwait(false));
            throw new FactoryException(answer.StatusCode switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ServiceFaults.Unauthorized(where, credentials.Find(host.Name, repository) is not null, said),
                HttpStatusCode.NotFound => ServiceFaults.NotFound(where, said),
                _ => ServiceFaults.Refused(where, answer.StatusCode, said),
            });
        }

        Task<HttpResponseMessage> SendAsync(AuthenticationHeaderValue? login) => host.SendAsync(
            () =>
            {
                HttpRequestMessage request = new(method, host.AddressOf($"/v2/{repository}/{path}"));
                request.Headers.Authorization = login;
                prepare?.Invoke(request);
                return request;
            },
            where,
            cancellation);
    }

    private AuthenticationHeaderValue? Known(string actions)
    {
        if (wantsBasic)
            return TokenService.Basic(credentials.Find(host.Name, repository)!);
        lock (gate)
            return held.TryGetValue(actions, out Token? token) && token.Until > time.GetUtcNow() ? new("Bearer", token.Text) : null;
    }

    /// <param name="sent">The scheme of the login that was refused just now, if any.</param>
    private async Task<AuthenticationHeaderValue> LogInAsync(
        IReadOnlyList<Challenge> challenges, string? sent, string actions, string where, string? said, CancellationToken cancellation)
    {
        Credential? credential = credentials.Find(host.Name, repository);
        foreach (Challenge challenge in challenges)
        {
            if (challenge.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            {
                Token token = await tokens.AskAsync(challenge, $"repository:{repository}:{actions}", credential, where, cancellation).ConfigureAwait(false);
                lock (gate)
                    held[actions] = token;
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
