using System.Security.Cryptography;
using System.Text;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Assembly.Tests.Containers;

/// <summary>An OCI image layout on disk for skopeo to push: images of uncompressed layers, one per architecture.</summary>
internal static class OciLayout
{
    /// <param name="folder">Made.</param>
    /// <param name="images">Architecture in Go's word, and the layers, the lowest first. Several make an index.</param>
    /// <returns>The layout with the name that skopeo takes.</returns>
    public static string Make(string folder, params (string Architecture, byte[][] Layers)[] images)
    {
        Directory.CreateDirectory(Path.Combine(folder, "blobs", "sha256"));
        File.WriteAllText(Path.Combine(folder, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        List<string> manifests = [];
        foreach ((string architecture, byte[][] layers) in images)
        {
            string ids = string.Join(',', layers.Select(l => $"\"{FakeRegistry.DigestOf(l)}\""));
            string config = Blob("application/vnd.oci.image.config.v1+json", Encoding.UTF8.GetBytes($$$"""{"architecture":"{{{architecture}}}","os":"linux","rootfs":{"type":"layers","diff_ids":[{{{ids}}}]}}"""));
            string all = string.Join(',', layers.Select(l => Blob("application/vnd.oci.image.layer.v1.tar", l)));
            manifests.Add(Blob(FakeImage.Manifest, Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{FakeImage.Manifest}}","config":{{config}},"layers":[{{all}}]}"""), architecture));
        }

        string index = $$"""{"schemaVersion":2,"mediaType":"{{FakeImage.Index}}","manifests":[{{string.Join(',', manifests)}}]}""";
        File.WriteAllText(
            Path.Combine(folder, "index.json"),
            images.Length == 1 ? index : $$"""{"schemaVersion":2,"manifests":[{{Blob(FakeImage.Index, Encoding.UTF8.GetBytes(index))}}]}""");
        return folder;

        string Blob(string type, byte[] content, string? machine = null)
        {
            string digest = Convert.ToHexStringLower(SHA256.HashData(content));
            File.WriteAllBytes(Path.Combine(folder, "blobs", "sha256", digest), content);
            string platform = machine is null ? "" : $",\"platform\":{{\"os\":\"linux\",\"architecture\":\"{machine}\"}}";
            return $"{{\"mediaType\":\"{type}\",\"digest\":\"sha256:{digest}\",\"size\":{content.Length}{platform}}}";
        }
    }
}
