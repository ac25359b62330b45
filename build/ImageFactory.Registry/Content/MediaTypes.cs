namespace ImageFactory.Registry.Content;

/// <summary>The media types of the OCI image specification and their older names of docker.</summary>
public static class MediaTypes
{
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    public const string DockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
    public const string OciConfig = "application/vnd.oci.image.config.v1+json";
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    private const string OciLayer = "application/vnd.oci.image.layer.v1.tar";
    private const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar";

    public static bool IsIndex(string type) => type is OciIndex or DockerList;

    public static bool IsManifest(string type) => type is OciManifest or DockerManifest;

    /// <summary>The configuration of an image that can be run; an artifact has another.</summary>
    public static bool IsImageConfig(string type) => type is OciConfig or DockerConfig;

    /// <summary>A layer of files, compressed or not.</summary>
    public static bool IsLayer(string type) => Rest(type) is "" or "+gzip" or "+zstd" or ".gzip" or ".zstd";

    /// <summary>A layer of files that cannot be read without a key.</summary>
    public static bool IsEncryptedLayer(string type) => Rest(type)?.EndsWith("+encrypted", StringComparison.Ordinal) == true;

    private static string? Rest(string type) =>
        type.StartsWith(OciLayer, StringComparison.Ordinal) ? type[OciLayer.Length..]
        : type.StartsWith(DockerLayer, StringComparison.Ordinal) ? type[DockerLayer.Length..]
        : null;
}
