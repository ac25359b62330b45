using System.ComponentModel;

namespace ImageFactory.Model.Recipes;

/// <summary>Something that is merged into the root file system.</summary>
public abstract record PayloadSource
{
    [Description("Folder inside the image that the content goes below.")]
    public string Into { get; init; } = "/";

    [Description("Who owns the files: root, or as the payload says.")]
    public PayloadOwner Owner { get; init; } = PayloadOwner.Root;

    [Description("Modes of single files or folders (path inside the image: octal mode), e.g. /usr/local/bin/kata-agent: \"0755\".")]
    public IReadOnlyDictionary<string, string> Modes { get; init; } = new Dictionary<string, string>();
}

[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<PayloadOwner>))]
public enum PayloadOwner
{
    [System.Text.Json.Serialization.JsonStringEnumMemberName("root")]
    Root,
    [System.Text.Json.Serialization.JsonStringEnumMemberName("keep")]
    Keep,
}

[Kind("directory")]
[Description("A folder on this machine.")]
public sealed record DirectoryPayload : PayloadSource
{
    [Description("The folder.")]
    public required SourcePath Path { get; init; }
}

[Kind("archive")]
[Description("A tar archive, plain or compressed with gzip, xz or zstd.")]
public sealed record ArchivePayload : PayloadSource
{
    [Description("The archive.")]
    public required SourcePath Path { get; init; }

    [Description("Only this path inside the archive, without the path itself.")]
    public string? Inside { get; init; }

    [Description("SHA-256 of the archive; the build ends when it differs.")]
    public string? Sha256 { get; init; }

    [Description("Accept device nodes in the archive.")]
    public bool Devices { get; init; }
}

[Kind("oci")]
[Description("Files out of a container image, or out of an artifact such as ORAS pushes. Only what is asked for is written anywhere.")]
public sealed record OciPayload : PayloadSource
{
    [Description("The image: HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST]. A digest makes builds repeatable; a tag is asked again after an hour.")]
    public required string Image { get; init; }

    [Description("Paths inside the image; for an artifact the names of its archives. What is a tar archive (plain, gzip, xz, zstd) is unpacked, anything else goes where it is in the image. Left out: everything.")]
    public IReadOnlyList<string> Paths { get; init; } = [];

    [Description("Accept device nodes.")]
    public bool Devices { get; init; }
}
