using System.Globalization;
using System.Net;

namespace ImageFactory.Cluster.Transport;

/// <summary>
/// The proxy of <c>HTTPS_PROXY</c> (or <c>HTTP_PROXY</c>) with <c>NO_PROXY</c> as clusters write it: names and their subdomains, addresses,
/// address ranges (<c>172.30.0.0/16</c>), each with or without a port, or <c>*</c>. The base library knows no ranges, and so would send
/// requests for the API server to the proxy.
/// </summary>
internal sealed class EnvironmentProxy : IWebProxy
{
    private readonly Uri? https;
    private readonly Uri? http;
    private readonly string[] direct;

    public EnvironmentProxy(IReadOnlyDictionary<string, string> environment)
    {
        https = AddressOf(Variable(environment, "https_proxy"));
        http = AddressOf(Variable(environment, "http_proxy"));
        direct = (Variable(environment, "no_proxy") ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    public ICredentials? Credentials { get; set; }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : Of(destination);

    public bool IsBypassed(Uri host) => Of(host) is null || host.IsLoopback || direct.Any(d => Covers(d, host));

    private Uri? Of(Uri destination) => destination.Scheme == Uri.UriSchemeHttps ? https : http;

    private static bool Covers(string entry, Uri host)
    {
        if (entry == "*")
            return true;
        string name = host.IdnHost;
        if (IPNetwork.TryParse(entry, out IPNetwork network))
            return IPAddress.TryParse(name, out IPAddress? address) && network.Contains(address);
        if (IPAddress.TryParse(entry, out IPAddress? single))
            return IPAddress.TryParse(name, out IPAddress? address) && address.Equals(single);

        string[] parts = entry.Split(':');
        if (parts.Length == 2 && parts[1] != host.Port.ToString(CultureInfo.InvariantCulture))
            return false;
        string domain = parts[0].TrimStart('*').TrimStart('.');
        return name.Equals(domain, StringComparison.OrdinalIgnoreCase) || name.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase);
    }

    private static string? Variable(IReadOnlyDictionary<string, string> environment, string name) =>
        environment.GetValueOrDefault(name) is { Length: > 0 } lower ? lower
        : environment.GetValueOrDefault(name.ToUpperInvariant()) is { Length: > 0 } upper ? upper
        : null;

    private static Uri? AddressOf(string? text) =>
        text is null ? null : Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, UriKind.Absolute, out Uri? address) ? address : null;
}
