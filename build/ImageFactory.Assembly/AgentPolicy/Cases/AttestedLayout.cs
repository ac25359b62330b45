using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ImageFactory.Assembly.AgentPolicy.Cases;

/// <summary>The smallest attested image there is, as an OCI layout, with the key that it was signed with: what cosign wants before it evaluates anything.</summary>
internal static class AttestedLayout
{
    public const string Folder = "layout";
    public const string KeyFile = "key.pub";
    public const string PredicateType = "https://example.org/policy";

    private const string PayloadType = "application/vnd.in-toto+json";
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private const string ConfigType = "application/vnd.oci.image.config.v1+json";

    /// <summary>Writes both into a folder that exists.</summary>
    public static void Write(string folder)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Path.Combine(folder, KeyFile), key.ExportSubjectPublicKeyInfoPem());
        string layout = Directory.CreateDirectory(Path.Combine(folder, Folder)).FullName;
        string blobs = Directory.CreateDirectory(Path.Combine(layout, "blobs", "sha256")).FullName;

        object image = Manifest([], Put(new { architecture = "amd64", os = "linux", rootfs = new { type = "layers", diff_ids = Array.Empty<string>() }, config = new { } }));
        (string Digest, int Size) envelope = Put(Envelope(Put(image).Digest, key));
        object layer = new
        {
            mediaType = "application/vnd.dsse.envelope.v1+json",
            digest = $"sha256:{envelope.Digest}",
            size = envelope.Size,
            annotations = new Dictionary<string, string> { ["dev.cosignproject.cosign/signature"] = "", ["predicateType"] = PredicateType },
        };
        object attestation = Manifest([layer], Put(new { architecture = "", os = "", rootfs = new { type = "layers", diff_ids = new[] { $"sha256:{envelope.Digest}" } }, config = new { } }));
        object index = new
        {
            schemaVersion = 2,
            mediaType = "application/vnd.oci.image.index.v1+json",
            manifests = new[] { Entry(image, "image"), Entry(attestation, "atts") },
        };
        File.WriteAllBytes(Path.Combine(layout, "index.json"), Json(index));
        File.WriteAllText(Path.Combine(layout, "oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");

        (string Digest, int Size) Put(object value)
        {
            byte[] content = Json(value);
            string digest = Convert.ToHexStringLower(SHA256.HashData(content));
            File.WriteAllBytes(Path.Combine(blobs, digest), content);
            return (digest, content.Length);
        }

        object Entry(object manifest, string kind)
        {
            (string digest, int size) = Put(manifest);
            return new { mediaType = ManifestType, digest = $"sha256:{digest}", size, annotations = new { kind = $"dev.cosignproject.cosign/{kind}" } };
        }
    }

    private static object Envelope(string image, ECDsa key)
    {
        string statement = Encoding.UTF8.GetString(Json(new Dictionary<string, object>
        {
            ["_type"] = "https://in-toto.io/Statement/v0.1",
            ["predicateType"] = PredicateType,
            ["subject"] = new[] { new { name = "image", digest = new { sha256 = image } } },
            ["predicate"] = new { Data = "", Timestamp = "" },
        }));

        // DSSE: what is signed is "DSSEv1", and type and payload each with its length before it.
        byte[] signature = key.SignData(
            Encoding.UTF8.GetBytes($"DSSEv1 {PayloadType.Length} {PayloadType} {statement.Length} {statement}"), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return new
        {
            payloadType = PayloadType,
            payload = Convert.ToBase64String(Encoding.UTF8.GetBytes(statement)),
            signatures = new[] { new { keyid = "", sig = Convert.ToBase64String(signature) } },
        };
    }

    private static object Manifest(object[] layers, (string Digest, int Size) config) => new
    {
        schemaVersion = 2,
        mediaType = ManifestType,
        config = new { mediaType = ConfigType, digest = $"sha256:{config.Digest}", size = config.Size },
        layers,
    };

    private static byte[] Json(object value) => JsonSerializer.SerializeToUtf8Bytes(value);
}
