using System.Text;
using System.Text.Json;
using ImageFactory.Registry.Content;

namespace ImageFactory.Registry.Signatures;

/// <summary>One demand of a policy.</summary>
internal abstract record Requirement
{
    /// <exception cref="FormatException">It is malformed. What is only not known becomes an <see cref="UnknownRequirement"/>: it refuses the images it is about.</exception>
    public static Requirement Read(JsonElement element) => Json.Text(element, "type") switch
    {
        "insecureAcceptAnything" => new AcceptAnything(),
        "reject" => new Reject(),
        "sigstoreSigned" => ReadSigstore(element),
        "signedBy" => new UnknownRequirement("signatures by GPG keys (signedBy)"),
        null => throw new FormatException("a requirement has no type"),
        string other => new UnknownRequirement($"the requirement '{Shown.Text(other)}'"),
    };

    private static Requirement ReadSigstore(JsonElement element)
    {
        foreach (string other in (string[])["fulcio", "pki", "rekorPublicKeyPath", "rekorPublicKeyData", "rekorPublicKeyPaths", "rekorPublicKeyDatas"])
        {
            if (Json.Find(element, other) is not null)
                return new UnknownRequirement($"sigstore signatures with '{other}'");
        }

        List<string> keys = [];
        if (Json.Text(element, "keyPath") is { } path)
            keys.Add(Load(path));
        if (Json.Text(element, "keyData") is { } data)
            keys.Add(Decode(data));
        keys.AddRange(Json.List(element, "keyPaths").Select(p => Load(p.GetString() ?? "")));
        keys.AddRange(Json.List(element, "keyDatas").Select(d => Decode(d.GetString() ?? "")));
        if (keys.Count == 0)
            throw new FormatException("sigstoreSigned has no key");
        return IdentityRule.Read(Json.Find(element, "signedIdentity")) is { } identity
            ? new SignedBySigstore([.. keys.Select(PublicKey.Read)], identity)
            : new UnknownRequirement("this kind of signedIdentity");
    }

    private static string Load(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new FormatException($"the key {Shown.Text(path)} cannot be read: {e.Message}", e);
        }
    }

    private static string Decode(string data)
    {
        byte[] bytes = new byte[data.Length];
        return Convert.TryFromBase64String(data, bytes, out int length) ? Encoding.UTF8.GetString(bytes, 0, length) : throw new FormatException("keyData is no base64");
    }
}

internal sealed record AcceptAnything : Requirement;

internal sealed record Reject : Requirement;

/// <param name="Keys">One of them must have signed.</param>
internal sealed record SignedBySigstore(IReadOnlyList<PublicKey> Keys, IdentityRule Identity) : Requirement;

/// <summary>Something that is not checked here, and so lets nothing through.</summary>
internal sealed record UnknownRequirement(string What) : Requirement;
