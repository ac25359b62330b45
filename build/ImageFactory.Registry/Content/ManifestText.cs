using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using ImageFactory.Model;

namespace ImageFactory.Registry.Content;

/// <summary>Writes manifests and indexes (OCI image specification 1.1); equal values give equal bytes.</summary>
public static class ManifestText
{
    public const string EmptyType = "application/vnd.oci.empty.v1+json";

    private static readonly System.Text.Json.JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The content of the empty descriptor, which stands where something must and nothing is.</summary>
    public static byte[] Empty => "{}"u8.ToArray();

    public static Descriptor EmptyDescriptor { get; } = new(EmptyType, References.ContentDigest.Of("{}"u8), 2);

    /// <param name="subject">What it is attached to.</param>
    public static byte[] Manifest(Descriptor config, IEnumerable<Descriptor> layers, string? artifactType, IReadOnlyDictionary<string, string> annotations, Descriptor? subject = null)
    {
        JsonObject manifest = new() { ["schemaVersion"] = 2, ["mediaType"] = MediaTypes.OciManifest };
        if (artifactType is not null)
            manifest["artifactType"] = artifactType;
        manifest["config"] = ToJson(config);
        manifest["layers"] = new JsonArray([.. layers.Select(ToJson)]);
        if (subject is not null)
            manifest["subject"] = ToJson(subject with { Annotations = new Dictionary<string, string>(), ArtifactType = null });
        return Bytes(manifest, annotations);
    }

    /// <param name="entries">Manifests, each with the machine it is for as Go calls it (<c>amd64</c>), or null.</param>
    public static byte[] Index(IEnumerable<(Descriptor Manifest, string? Architecture)> entries, IReadOnlyDictionary<string, string>? annotations)
    {
        JsonArray manifests = [];
        foreach ((Descriptor manifest, string? architecture) in entries)
        {
            JsonObject entry = ToJson(manifest);
            if (architecture is not null)
                entry["platform"] = new JsonObject { ["architecture"] = architecture, ["os"] = "linux" };
            manifests.Add(entry);
        }

        return Bytes(new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = MediaTypes.OciIndex, ["manifests"] = manifests }, annotations);
    }

    /// <summary>The configuration of an image whose layers are not compressed: their digests are those of their content.</summary>
    public static byte[] Config(Architecture architecture, IEnumerable<Descriptor> layers) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["architecture"] = ImageIndex.NameOf(architecture),
        ["os"] = "linux",
        ["config"] = new JsonObject(),
        ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray([.. layers.Select(l => JsonValue.Create(l.Digest.ToString()))]) },
    }.ToJsonString(Options));

    private static byte[] Bytes(JsonObject manifest, IReadOnlyDictionary<string, string>? annotations)
    {
        if (annotations?.Count > 0)
            manifest["annotations"] = ToJson(annotations);
        return Encoding.UTF8.GetBytes(manifest.ToJsonString(Options));
    }

    private static JsonObject ToJson(Descriptor descriptor)
    {
        JsonObject json = new() { ["mediaType"] = descriptor.MediaType, ["digest"] = descriptor.Digest.ToString(), ["size"] = descriptor.Size };
        if (descriptor.ArtifactType is not null)
            json["artifactType"] = descriptor.ArtifactType;
        if (descriptor.Annotations.Count > 0)
            json["annotations"] = ToJson(descriptor.Annotations);
        return json;
    }

    private static JsonObject ToJson(IReadOnlyDictionary<string, string> texts) =>
        new(texts.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => KeyValuePair.Create(t.Key, (JsonNode?)JsonValue.Create(t.Value))));
}
