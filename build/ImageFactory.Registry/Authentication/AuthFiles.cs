using System.Text;
using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Registry.Configuration;
using ImageFactory.Registry.Transport;

namespace ImageFactory.Registry.Authentication;

/// <summary>
/// Credentials from the files of podman and docker (containers-auth.json(5)). Keys are a host, or a host with a part of a repository's name:
/// the longest that fits wins. Credentials in a helper program are refused with a way out, not passed over.
/// </summary>
internal sealed class AuthFiles
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly List<(string Path, string Key, Credential Credential)> credentials = [];
    private readonly List<(string Path, string Key, string Helper)> helpers = [];

    private ClusterRegistry? cluster;
    private Action<Secret> conceal = _ => { };

    /// <param name="paths">The first that knows a registry wins.</param>
    /// <param name="cluster">Opened by its token, whatever the files say.</param>
    /// <param name="conceal">Told of each credential.</param>
    /// <exception cref="FactoryException">IFO201 and IFO204: a file cannot be read or is wrong; all of them at once.</exception>
    public static AuthFiles Load(IEnumerable<string> paths, ClusterRegistry? cluster = null, Action<Secret>? conceal = null)
    {
        AuthFiles files = new() { cluster = cluster, conceal = conceal ?? (_ => { }) };
        List<Fault> faults = [];
        foreach (string path in paths.Where(File.Exists))
        {
            try
            {
                // An empty file is what a mount without content looks like; it holds nothing.
                byte[] content = File.ReadAllBytes(path);
                if (content.Length > 0)
                    files.Add(path, content);
            }
            catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
            {
                faults.Add(ConfigurationFaults.BadAuthFile(path, e is JsonException json ? $"line {json.LineNumber + 1} is no JSON" : e.Message));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                faults.Add(ConfigurationFaults.Unreadable(path, e.Message));
            }
        }

        FactoryException.ThrowIfAny(faults);
        foreach ((_, _, Credential credential) in files.credentials)
            files.Conceal(credential);
        return files;
    }

    /// <summary>The credential for a repository, or null to ask without one.</summary>
    /// <exception cref="FactoryException">IFO205: only a helper program has it.</exception>
    public Credential? Find(string host, string repository)
    {
        if (cluster?.Serves(host) == true)
        {
            Credential own = new(ClusterRegistry.User, ReadToken(cluster), isIdentityToken: false);
            Conceal(own);
            return own;
        }

        string name = $"{host}/{repository}";
        foreach (string path in credentials.Select(c => c.Path).Concat(helpers.Select(h => h.Path)).Distinct())
        {
            (_, string? key, Credential? credential) = credentials.Where(c => c.Path == path && Covers(c.Key, name, host)).OrderByDescending(c => c.Key.Length).FirstOrDefault();
            if (key is not null)
                return credential;
            (_, string? helperKey, string? helper) = helpers.Where(h => h.Path == path && Covers(h.Key, name, host)).OrderByDescending(h => h.Key.Length).FirstOrDefault();
            if (helperKey is not null)
                throw new FactoryException(ConfigurationFaults.CredentialHelper(path, host, helper!));
        }

        return null;
    }

    /// <summary>By itself, and as it is sent.</summary>
    private void Conceal(Credential credential)
    {
        conceal(new Secret(credential.Secret));
        conceal(new Secret(TokenService.Basic(credential).Parameter!));
    }

    /// <summary>Read each time: the cluster replaces it.</summary>
    private static string ReadToken(ClusterRegistry cluster)
    {
        try
        {
            return File.ReadAllText(cluster.TokenFile).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(ConfigurationFaults.Unreadable(cluster.TokenFile, e.Message), e);
        }
    }

    private static bool Covers(string key, string name, string host) =>
        name == key || (name.StartsWith(key, StringComparison.Ordinal) && name[key.Length] == '/') || key == host;

    private void Add(string path, byte[] content)
    {
        using JsonDocument document = JsonDocument.Parse(content, Lenient);
        string? store = Text(document.RootElement, "credsStore");
        foreach (JsonProperty entry in Properties(document.RootElement, "credHelpers"))
            helpers.Add((path, Normalised(entry.Name), entry.Value.GetString() ?? throw new FormatException($"credHelpers has no name for {Shown.Text(entry.Name)}")));
        foreach (JsonProperty entry in Properties(document.RootElement, "auths"))
        {
            string key = Normalised(entry.Name);
            if (Read(entry) is { } credential)
                credentials.Add((path, key, credential));
            else if (store is not null)
                helpers.Add((path, key, store));
        }
    }

    private static Credential? Read(JsonProperty entry)
    {
        if (entry.Value.ValueKind != JsonValueKind.Object)
            throw new FormatException($"the entry of {Shown.Text(entry.Name)} is no object");
        string? user = Text(entry.Value, "username");
        string? password = Text(entry.Value, "password");
        if (Text(entry.Value, "auth") is { Length: > 0 } auth)
            (user, password) = Decode(entry.Name, auth);
        if (Text(entry.Value, "identitytoken") is { Length: > 0 } identity)
            return new Credential(user ?? "", identity, isIdentityToken: true);
        return string.IsNullOrEmpty(user) ? null : new Credential(user, password ?? "", isIdentityToken: false);
    }

    private static (string User, string Password) Decode(string name, string auth)
    {
        byte[] bytes = new byte[auth.Length];
        if (!Convert.TryFromBase64String(auth, bytes, out int length))
            throw new FormatException($"auth of {Shown.Text(name)} is no base64");
        string text = Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\0');
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0 ? (text[..colon], text[(colon + 1)..]) : throw new FormatException($"auth of {Shown.Text(name)} is not user:password in base64");
    }

    /// <summary>Docker wrote whole addresses, and calls its hub by the address of an interface that is gone.</summary>
    private static string Normalised(string key)
    {
        string name = key;
        foreach (string scheme in (string[])["https://", "http://"])
        {
            if (name.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
                name = name[scheme.Length..].Split('/')[0];
        }

        name = name.TrimEnd('/');
        return name is "index.docker.io" or "registry-1.docker.io" ? "docker.io" : name;
    }

    private static JsonElement.ObjectEnumerator Properties(JsonElement element, string name) =>
        element.ValueKind != JsonValueKind.Object ? throw new FormatException("it is no JSON object")
        : element.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.Object ? found.EnumerateObject()
        : default;

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;
}
