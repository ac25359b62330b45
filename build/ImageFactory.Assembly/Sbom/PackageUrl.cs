using System.Text;

namespace ImageFactory.Assembly.Sbom;

/// <summary>Package URLs (purl specification): each part in percent encoding, ':' left alone, qualifiers by name, empty ones left out.</summary>
internal static class PackageUrl
{
    public static string Of(string type, string space, string name, string version, params (string Key, string Value)[] qualifiers)
    {
        StringBuilder url = new($"pkg:{type}/{Encode(space)}/{Encode(name)}@{Encode(version)}");
        char separator = '?';
        foreach ((string key, string value) in qualifiers.Where(q => q.Value.Length > 0).OrderBy(q => q.Key, StringComparer.Ordinal))
        {
            url.Append(separator).Append(key).Append('=').Append(Encode(value));
            separator = '&';
        }

        return url.ToString();
    }

    private static string Encode(string text) => Uri.EscapeDataString(text).Replace("%3A", ":", StringComparison.Ordinal);
}
