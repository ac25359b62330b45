using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.References;

namespace ImageFactory.Registry.Signatures;

/// <summary>
/// Signatures as cosign stores them for every version of it: the manifest of the tag <c>sha256-HEX.sig</c> beside the image, each layer of which is
/// a statement about the image, with the signature of its bytes in an annotation.
/// </summary>
public static class SimpleSigning
{
    public const string LayerType = "application/vnd.dev.cosign.simplesigning.v1+json";

    public const string SignatureAnnotation = "dev.cosignproject.cosign/signature";

    private const string StatementType = "cosign container image signature";

    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The tag of the signatures of a manifest.</summary>
    public static string TagOf(ContentDigest digest) => $"{digest.Algorithm}-{digest.Encoded}.sig";

    /// <summary>The tag of the statements about a manifest, each a layer that is a signed envelope.</summary>
    public static string AttestationTagOf(ContentDigest digest) => $"{digest.Algorithm}-{digest.Encoded}.att";

    /// <summary>The statement that is signed.</summary>
    /// <param name="repository">Host and name, without a tag.</param>
    public static byte[] Write(string repository, ContentDigest digest) => JsonSerializer.SerializeToUtf8Bytes(
        new JsonObject
        {
            ["critical"] = new JsonObject
            {
                ["identity"] = new JsonObject { ["docker-reference"] = repository },
                ["image"] = new JsonObject { ["docker-manifest-digest"] = digest.ToString() },
                ["type"] = StatementType,
            },
            ["optional"] = null,
        },
        Options);

    /// <summary>Why a statement whose signature holds is not about this image under this name; null when it is. cosign itself looks at the digest only.</summary>
    /// <param name="matches">Whether the name in the statement will do.</param>
    public static string? Problem(byte[] statement, ContentDigest digest, Func<ImageReference, bool> matches)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(statement);
            JsonElement critical = Json.Find(document.RootElement, "critical") ?? throw new FormatException("it says nothing");
            if (Json.Text(critical, "type") != StatementType)
                return "what was signed is no statement about an image";
            if (Json.Find(critical, "image") is not { } image || Json.Text(image, "docker-manifest-digest") != digest.ToString())
                return "what was signed is another image";
            string name = Json.Find(critical, "identity") is { } identity ? Json.Text(identity, "docker-reference") ?? "" : "";
            return ImageReference.TryParse(name, out ImageReference? signed, out _) && matches(signed!) ? null : $"it was signed as '{Shown.Text(name)}'";
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return "what was signed is no statement about an image";
        }
    }
}
