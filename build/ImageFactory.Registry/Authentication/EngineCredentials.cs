using System.Text;
using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Registry.References;

namespace ImageFactory.Registry.Authentication;

/// <summary>
/// This machine's credentials in the form that container engines take them: JSON in base64 with the alphabet for addresses, in the headers
/// X-Registry-Auth (one registry) and X-Registry-Config (several, by name).
/// </summary>
public sealed class EngineCredentials
{
    private readonly AuthFiles files;

    private EngineCredentials(AuthFiles files) => this.files = files;

    /// <exception cref="FactoryException">IFO201, IFO204.</exception>
    public static EngineCredentials Load(RegistrySettings settings) => new(AuthFiles.Load(settings.AuthFiles, settings.Cluster, settings.Conceal));

    /// <summary>The header for pulling this image; null without a credential.</summary>
    /// <exception cref="FactoryException">IFO205: only a helper program has it.</exception>
    public string? For(ImageReference image) => Find(image) is { } credential ? Encode(Form(credential, image.Host)) : null;

    /// <summary>The header for building from these images; null without any credential.</summary>
    /// <exception cref="FactoryException">IFO205.</exception>
    public string? For(IEnumerable<ImageReference> images)
    {
        Dictionary<string, Dictionary<string, string>> known = new(StringComparer.Ordinal);
        foreach (ImageReference image in images)
        {
            if (Find(image) is { } credential)
                known[image.Host] = Form(credential, image.Host);
        }

        return known.Count == 0 ? null : Encode(known);
    }

    private Credential? Find(ImageReference image) => files.Find(image.Host, image.Repository);

    private static Dictionary<string, string> Form(Credential credential, string host) => credential.IsIdentityToken
        ? new Dictionary<string, string> { ["identitytoken"] = credential.Secret, ["serveraddress"] = host }
        : new Dictionary<string, string> { ["username"] = credential.User, ["password"] = credential.Secret, ["serveraddress"] = host };

    private static string Encode<T>(T form) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(form))).Replace('+', '-').Replace('/', '_');
}
