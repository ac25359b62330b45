using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ImageFactory.Model.Recipes;

[Kind("bootc")]
[Description("A bootable container image (bootc), ready or built here from a Containerfile by the machine's container engine (podman, or Docker's engine). Its file system becomes the measured disk.")]
public sealed record BootcBase : BaseSource
{
    [Description("A ready image: HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST]; localhost/NAME is one that only the container engine has. A tag is pinned to a digest, and asked again after an hour. Exactly one of image and containerfile.")]
    public string? Image { get; init; }

    [Description("A Containerfile to build the image from. Images that it names are pinned to digests.")]
    public SourcePath? Containerfile { get; init; }

    [Description("Folder with what the Containerfile copies. Left out: the Containerfile's folder.")]
    public SourcePath? Context { get; init; }

    [Description("Stage of the Containerfile to build. Left out: the last one.")]
    public string? Target { get; init; }

    [Description("Build arguments. They are no place for secrets: they stay in the image's history.")]
    public IReadOnlyDictionary<string, string> Args { get; init; } = new Dictionary<string, string>();

    [Description("Files that RUN --mount=type=secret may read during the build. They are in no layer, log or stage key.")]
    public IReadOnlyList<BuildSecret> Secrets { get; init; } = [];

    [Description("A root file system from Debian packages to start from instead of an image in a registry: it is imported into the container engine, and the build argument BASE names it.")]
    public DebianBase? Import { get; init; }

    [Description("How the image becomes a disk: direct (the measured disk, without privileges), or bootc-image-builder (the classic layout of bootc with its own boot loader, by a privileged container).")]
    public BootcWay Way { get; init; } = BootcWay.Direct;

    [Description("The initrd, made by dracut inside a container of the image when the image's own cannot open a verified root.")]
    public InitrdSettings Initrd { get; init; } = new();

    [Description("For way: bootc-image-builder.")]
    public ImageBuilderSettings Builder { get; init; } = new();
}

[JsonConverter(typeof(JsonStringEnumConverter<BootcWay>))]
public enum BootcWay
{
    [JsonStringEnumMemberName("direct")]
    Direct,

    [JsonStringEnumMemberName("bootc-image-builder")]
    ImageBuilder,
}

[Description("A file that a Containerfile's RUN --mount=type=secret,id=ID reads.")]
public sealed record BuildSecret
{
    [Description("The id that the Containerfile names.")]
    public required string Id { get; init; }

    [Description("The file with the secret.")]
    public required SourcePath File { get; init; }
}

[Description("The container that makes the classic layout.")]
public sealed record ImageBuilderSettings
{
    [Description("Its image (the Job's BIB_IMAGE).")]
    public string Image { get; init; } = "registry.redhat.io/rhel9/bootc-image-builder:9.5";

    [Description("Its config.toml (the Job's BOOTC_BUILD_CONFIG): file systems, users, kernel arguments. Left out: a root of at least 5 GiB, and at least 15 GiB for /var/kata-containers.")]
    public SourcePath? Config { get; init; }

    [Description("File system of the root.")]
    public ClassicRoot Root { get; init; } = ClassicRoot.Xfs;
}

[JsonConverter(typeof(JsonStringEnumConverter<ClassicRoot>))]
public enum ClassicRoot
{
    [JsonStringEnumMemberName("xfs")]
    Xfs,

    [JsonStringEnumMemberName("ext4")]
    Ext4,

    [JsonStringEnumMemberName("btrfs")]
    Btrfs,
}
