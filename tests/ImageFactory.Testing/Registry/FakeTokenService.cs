using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ImageFactory.Testing.Registry;

/// <summary>The token service of <see cref="FakeRegistry"/> (distribution's token specification): user <c>puller</c>.</summary>
public sealed class FakeTokenService
{
    public const string Service = "registry.test";
    public const string IdentityToken = "an-identity-token";

    private readonly ConcurrentDictionary<string, (string[] Scopes, bool Expired)> given = new();

    internal FakeTokenService(FakeRegistry registry) => Registry = registry;

    public FakeRegistry Registry { get; }

    /// <summary>Of the user.</summary>
    public string Password { get; set; } = "geheim";

    /// <summary>Repositories that tokens without a login reach.</summary>
    public HashSet<string> Public { get; } = [];

    /// <summary>What the answer says of the life of a token, in seconds; null says nothing.</summary>
    public int? ExpiresIn { get; set; } = 300;

    /// <summary>Whether the answer calls the token <c>access_token</c>, as some services do.</summary>
    public bool CallsItAccessToken { get; set; }

    /// <summary>False: tokens are granted for pulling only, whatever is asked for.</summary>
    public bool MayPush { get; set; } = true;

    public int Given => given.Count;

    /// <summary>The tokens themselves.</summary>
    public IEnumerable<string> Texts => given.Keys;

    /// <summary>From now on every token given so far is too old.</summary>
    public void ExpireAll()
    {
        foreach (string token in given.Keys)
            given[token] = given[token] with { Expired = true };
    }

    internal string? Problem(string header, string repository, string action)
    {
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal))
            return "authentication required";
        if (!given.TryGetValue(header["Bearer ".Length..], out (string[] Scopes, bool Expired) token))
            return "unknown token";
        if (token.Expired)
            return "expired token";
        return token.Scopes.Any(s => s.Split(':') is ["repository", { } name, { } actions] && name == repository && actions.Split(',').Contains(action)) ? null : "insufficient scope";
    }

    internal async Task AnswerAsync(HttpContext context)
    {
        string service;
        string[] scopes;
        bool known;
        if (HttpMethods.IsPost(context.Request.Method))
        {
            IFormCollection form = await context.Request.ReadFormAsync();
            (service, scopes) = (form["service"].ToString(), form["scope"].ToString().Split(' '));
            known = form["grant_type"] == "refresh_token" && form["refresh_token"] == IdentityToken && form["client_id"].Count == 1;
        }
        else
        {
            (service, scopes) = (context.Request.Query["service"].ToString(), [.. context.Request.Query["scope"].Select(s => s!)]);
            string header = context.Request.Headers.Authorization.ToString();
            known = header == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"puller:{Password}"));
            if (header.Length > 0 && !known)
            {
                await FakeRegistry.RefuseAsync(context, 401, "UNAUTHORIZED", "incorrect username or password");
                return;
            }
        }

        if (service != Service || scopes.Length == 0 || !scopes.All(s => s.Split(':') is ["repository", { Length: > 0 }, "pull" or "pull,push" or "pull,push,delete"]))
        {
            await FakeRegistry.RefuseAsync(context, 400, "UNSUPPORTED", "wrong service or scope");
            return;
        }

        // As real services do, a token is given to everybody; it opens nothing when nobody is known.
        string token = Guid.NewGuid().ToString("N");
        string[] granted = [.. scopes.Where(s => known || Public.Contains(s.Split(':')[1]))];
        given[token] = (MayPush ? granted : [.. granted.Select(s => s.Replace("pull,push", "pull", StringComparison.Ordinal))], false);
        string life = ExpiresIn is { } seconds ? $",\"expires_in\":{seconds}" : "";
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($"{{\"{(CallsItAccessToken ? "access_token" : "token")}\":\"{token}\"{life}}}");
    }
}
