using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ImageFactory.Testing.Registry;

/// <summary>The token service of <see cref="FakeRegistry"/> (distribution's token specification): user <c>puller</c>, password <c>geheim</c>.</summary>
public sealed class FakeTokenService
{
    public const string Service = "registry.test";
    public const string IdentityToken = "an-identity-token";

    private readonly ConcurrentDictionary<string, (string Scope, bool Expired)> given = new();

    internal FakeTokenService(FakeRegistry registry) => Registry = registry;

    public FakeRegistry Registry { get; }

    /// <summary>Repositories that tokens without a login reach.</summary>
    public HashSet<string> Public { get; } = [];

    /// <summary>What the answer says of the life of a token, in seconds; null says nothing.</summary>
    public int? ExpiresIn { get; set; } = 300;

    /// <summary>Whether the answer calls the token <c>access_token</c>, as some services do.</summary>
    public bool CallsItAccessToken { get; set; }

    public int Given => given.Count;

    /// <summary>From now on every token given so far is too old.</summary>
    public void ExpireAll()
    {
        foreach (string token in given.Keys)
            given[token] = given[token] with { Expired = true };
    }

    internal string? Problem(string header, string repository)
    {
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal))
            return "authentication required";
        if (!given.TryGetValue(header["Bearer ".Length..], out (string Scope, bool Expired) token))
            return "unknown token";
        if (token.Expired)
            return "expired token";
        return token.Scope == $"repository:{repository}:pull" ? null : "insufficient scope";
    }

    internal async Task AnswerAsync(HttpContext context)
    {
        string service;
        string scope;
        bool known;
        if (HttpMethods.IsPost(context.Request.Method))
        {
            IFormCollection form = await context.Request.ReadFormAsync();
            (service, scope) = (form["service"].ToString(), form["scope"].ToString());
            known = form["grant_type"] == "refresh_token" && form["refresh_token"] == IdentityToken && form["client_id"].Count == 1;
        }
        else
        {
            (service, scope) = (context.Request.Query["service"].ToString(), context.Request.Query["scope"].ToString());
            string header = context.Request.Headers.Authorization.ToString();
            known = header == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("puller:geheim"));
            if (header.Length > 0 && !known)
            {
                await FakeRegistry.RefuseAsync(context, 401, "UNAUTHORIZED", "incorrect username or password");
                return;
            }
        }

        string[] parts = scope.Split(':');
        if (service != Service || parts is not ["repository", { Length: > 0 } repository, "pull"])
        {
            await FakeRegistry.RefuseAsync(context, 400, "UNSUPPORTED", "wrong service or scope");
            return;
        }

        // As real services do, a token is given to everybody; it opens nothing when nobody is known.
        string token = Guid.NewGuid().ToString("N");
        given[token] = (known || Public.Contains(repository) ? scope : "", false);
        string life = ExpiresIn is { } seconds ? $",\"expires_in\":{seconds}" : "";
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($"{{\"{(CallsItAccessToken ? "access_token" : "token")}\":\"{token}\"{life}}}");
    }
}
