using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Registry.Configuration;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.References;

namespace ImageFactory.Registry.Signatures;

/// <summary>
/// This machine's <c>policy.json</c> (containers-policy.json(5)), for images of registries. The scope that names the most of an image decides.
/// </summary>
internal sealed class SignaturePolicy
{
    private const string Unset = "";

    private readonly Dictionary<string, PolicyRule> scopes = new(StringComparer.Ordinal);

    /// <exception cref="FactoryException">IFO201 or IFO207.</exception>
    public static SignaturePolicy Load(string? path)
    {
        SignaturePolicy policy = new();
        if (path is null || !File.Exists(path))
        {
            policy.scopes[Unset] = PolicyRule.NoPolicy;
            return policy;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            policy.scopes[Unset] = PolicyRule.Read(path, Json.List(root, "default"), "default");
            JsonElement? docker = Json.Find(root, "transports") is { } transports ? Json.Find(transports, "docker") : null;
            foreach (JsonProperty scope in docker?.EnumerateObject() ?? Enumerable.Empty<JsonProperty>())
                policy.scopes[scope.Name] = PolicyRule.Read(path, Json.List(docker!.Value, scope.Name), scope.Name);
            return policy;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new FactoryException(ConfigurationFaults.BadPolicy(path, e.Message), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(ConfigurationFaults.Unreadable(path, e.Message), e);
        }
    }

    /// <summary>From the whole reference over its repository and each part of its name to the host, <c>*.domain</c> and the default.</summary>
    public PolicyRule RuleFor(ImageReference reference) =>
        ScopesOf(reference).Select(scopes.GetValueOrDefault).FirstOrDefault(r => r is not null) ?? scopes[Unset];

    private static IEnumerable<string> ScopesOf(ImageReference reference)
    {
        yield return reference.Name + (reference.Digest is { } digest ? $"@{digest}" : $":{reference.Wanted}");
        for (string name = reference.Name; ; name = name[..name.LastIndexOf('/')])
        {
            yield return name;
            if (!name.Contains('/', StringComparison.Ordinal))
                break;
        }

        string host = reference.Host.Split(':')[0];
        for (int dot = host.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = host.IndexOf('.', dot + 1))
            yield return "*" + host[dot..];
        yield return Unset;
    }
}
