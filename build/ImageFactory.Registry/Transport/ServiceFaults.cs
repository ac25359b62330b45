using System.Globalization;
using System.Net;
using System.Text.Json;
using ImageFactory.Model;

namespace ImageFactory.Registry.Transport;

/// <summary>What a registry, or the way to it, does wrong. Every fault names the address and carries the registry's own words.</summary>
internal static class ServiceFaults
{
    private const int MostErrors = 5;

    public static Fault Unreachable(string where, string problem) =>
        new("IFO301", ExitCode.Unavailable, $"the registry cannot be reached: {Shown.Text(problem)}")
        {
            Where = where,
            Hint = "is the host right, and do proxy and name server know it?",
        };

    public static Fault Untrusted(string where, string host, string problem) =>
        new("IFO302", ExitCode.Configuration, $"the registry's certificate is not trusted: {Shown.Text(problem)}")
        {
            Where = where,
            Hint = $"put its authority into /etc/containers/certs.d/{host}/ca.crt",
        };

    public static Fault Unauthorized(string where, bool asked, string? said) =>
        new("IFO303", ExitCode.NotPermitted, asked ? "the registry refuses the credentials" : "the registry asks who is there, and no file has credentials for it")
        {
            Where = where,
            Detail = said,
            Hint = asked ? "log in again: podman login; do the credentials reach this repository?" : "log in with podman login, or name an auth file in REGISTRY_AUTH_FILE",
        };

    public static Fault NotFound(string where, string? said) =>
        new("IFO304", ExitCode.MissingInput, "the registry does not have it")
        {
            Where = where,
            Detail = said,
            Hint = "check name, tag and digest; some registries also answer so when they are not to be read",
        };

    public static Fault Refused(string where, HttpStatusCode status, string? said) =>
        new("IFO305", (int)status >= 500 || status == HttpStatusCode.TooManyRequests ? ExitCode.TryAgain : ExitCode.Unavailable,
            string.Create(CultureInfo.InvariantCulture, $"the registry answers {(int)status} ({status})"))
        {
            Where = where,
            Detail = said,
            Hint = status == HttpStatusCode.TooManyRequests ? "the registry limits requests: log in, or try again later" : "the registry's log says more",
        };

    public static Fault BadRedirect(string where, string problem) =>
        new("IFO306", ExitCode.Unavailable, $"the registry sends elsewhere: {Shown.Text(problem)}") { Where = where };

    public static Fault NoToken(string where, string problem) =>
        new("IFO307", ExitCode.Unavailable, $"the token service does not give a token: {Shown.Text(problem)}")
        {
            Where = where,
            Hint = "the service is the one that the registry names in its WWW-Authenticate header",
        };

    public static Fault Broken(string where, long received, long size, string problem) =>
        new("IFO308", ExitCode.TryAgain, string.Create(CultureInfo.InvariantCulture, $"the connection broke again and again, after {received} of {size} bytes: {Shown.Text(problem)}"))
        {
            Where = where,
            Hint = "try again; the network or the registry is not up to it now",
        };

    public static Fault UnknownScheme(string where, string header) =>
        new("IFO309", ExitCode.Unavailable, $"the registry asks for a kind of login that is not known: {Shown.Text(header)}")
        {
            Where = where,
            Hint = "Basic and Bearer are spoken",
        };

    public static Fault PlainSecret(string where) =>
        new("IFO310", ExitCode.Configuration, "the registry asks to send credentials over plain HTTP")
        {
            Where = where,
            Hint = "use HTTPS; for a registry of your own, 'insecure = true' in registries.conf says that you accept it",
        };

    /// <summary>The messages of an error answer (<c>{"errors":[{code,message,detail}]}</c>), or the beginning of whatever it is.</summary>
    public static string? Said(string body)
    {
        if (string.IsNullOrWhiteSpace(body))
            return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("errors", out JsonElement errors) && errors.ValueKind == JsonValueKind.Array)
                return string.Join('\n', errors.EnumerateArray().Take(MostErrors).Select(e => Shown.Text($"{Text(e, "code")}: {Text(e, "message")}")));
        }
        catch (JsonException)
        {
            // A page of a proxy: shown as it is.
        }

        return Shown.Text(body.Trim());
    }

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.String ? found.GetString()! : "";
}
