using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ImageFactory.Assembly.Tests.Containers;
using ImageFactory.Assembly.Tests.Payload;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

/// <summary>
/// Archives as engines write and load them (github.com/moby/docker-image-spec, OCI image-layout.md): every digest in them is held against the bytes it stands for, and the list of
/// docker save has to name what the OCI layout names, where both are there.
/// </summary>
internal static class FakeArchive
{
    public static string DigestOf(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static byte[] Configuration(byte[] layer) => System.Text.Encoding.UTF8.GetBytes(
        $$$"""{"architecture":"amd64","os":"linux","config":{"Cmd":["/x"]},"rootfs":{"type":"layers","diff_ids":["{{{DigestOf(layer)}}}"]}}""");

    public static byte[] Write(string id, byte[] configuration, byte[] layer) => new TarMaker()
        .Entry('0', "layer.tar", layer)
        .Entry('0', id[7..] + ".json", configuration)
        .File("manifest.json", $$"""[{"Config":"{{id[7..]}}.json","RepoTags":[],"Layers":["layer.tar"]}]""")
        .ToArray();

    /// <summary>An image of one packed layer, as a registry has it: one that an engine can run.</summary>
    /// <param name="docker">In Docker's older form (image manifest version 2, schema 2).</param>
    /// <returns>The digest of its manifest.</returns>
    public static string Push(FakeRegistry registry, string repository, TarMaker layer, bool docker = false)
    {
        byte[] tar = layer.ToArray();
        string form = docker ? "application/vnd.docker.distribution.manifest.v2+json" : FakeImage.Manifest;
        string manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = form,
            ["config"] = Blob(docker ? "application/vnd.docker.container.image.v1+json" : "application/vnd.oci.image.config.v1+json", Configuration(tar)),
            ["layers"] = new JsonArray(Blob(docker ? "application/vnd.docker.image.rootfs.diff.tar.gzip" : FakeImage.Layer, Warehouse.Gzip(tar))),
        }.ToJsonString();
        return registry.AddManifest(repository, form, manifest, "1");

        JsonObject Blob(string type, byte[] content) => new() { ["mediaType"] = type, ["digest"] = registry.AddBlob(repository, content), ["size"] = content.Length };
    }

    /// <returns>The id, the configuration, and the last layer, not compressed.</returns>
    /// <exception cref="InvalidDataException">An engine would not load it.</exception>
    public static async Task<(string Id, byte[] Configuration, byte[] Tar)> ReadAsync(byte[] archive)
    {
        Dictionary<string, byte[]> files = await FilesAsync(archive);
        Require(files.ContainsKey("manifest.json"), "payload does not match any of the supported image formats");
        JsonNode image = JsonNode.Parse(files["manifest.json"])!.AsArray().Single()!;
        byte[] configuration = File(image["Config"]!.ToString());
        string[] names = [.. image["Layers"]!.AsArray().Select(l => l!.ToString())];
        byte[][] layers = [.. names.Select(l => Plain(File(l)))];
        string[] wanted = [.. JsonNode.Parse(configuration)!["rootfs"]!["diff_ids"]!.AsArray().Select(d => d!.ToString())];
        Require(wanted.SequenceEqual(layers.Select(DigestOf)), "the layers are not those of the configuration");
        if (files.TryGetValue("index.json", out byte[]? index))
        {
            Require(files.ContainsKey("oci-layout"), "there is no oci-layout");
            JsonNode manifest = JsonNode.Parse(Blob(JsonNode.Parse(index)!["manifests"]!.AsArray().Single()!))!;
            Require(Blob(manifest["config"]!).AsSpan().SequenceEqual(configuration), "the two lists name other configurations");
            Require(manifest["layers"]!.AsArray().Select(l => DigestOf(Blob(l!))).SequenceEqual(names.Select(n => DigestOf(File(n)))), "the two lists name other layers");
        }

        return (DigestOf(configuration), configuration, layers[^1]);

        byte[] File(string name) => files.GetValueOrDefault(name) ?? throw new InvalidDataException($"{name}: file does not exist");

        byte[] Blob(JsonNode descriptor)
        {
            string digest = descriptor["digest"]!.ToString();
            byte[] bytes = File("blobs/" + digest.Replace(':', '/'));
            Require(DigestOf(bytes) == digest && bytes.Length == descriptor["size"]!.GetValue<long>(), $"{digest}: digest or size did not match");
            return bytes;
        }
    }

    private static async Task<Dictionary<string, byte[]>> FilesAsync(byte[] archive)
    {
        Dictionary<string, byte[]> files = [];
        try
        {
            await using TarReader reader = new(new MemoryStream(archive));
            while (await reader.GetNextEntryAsync() is { } entry)
            {
                using MemoryStream content = new();
                if (entry.DataStream is not null)
                    await entry.DataStream.CopyToAsync(content);
                files[entry.Name.TrimEnd('/')] = content.ToArray();
            }
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or InvalidDataException)
        {
            throw new InvalidDataException("payload does not match any of the supported image formats", e);
        }

        return files;
    }

    private static byte[] Plain(byte[] layer)
    {
        if (layer is not [0x1f, 0x8b, ..])
            return layer;
        using GZipStream packed = new(new MemoryStream(layer), CompressionMode.Decompress);
        using MemoryStream plain = new();
        packed.CopyTo(plain);
        return plain.ToArray();
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidDataException(otherwise);
    }
}
