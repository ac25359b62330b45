using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ImageFactory.Model.Recipes.Destinations;

[Kind("directory")]
[Description("Files in a folder, with their checksums: for other tools to take.")]
public sealed record DirectoryDestination : Destination
{
    [Description("The folder; it is made when it is missing.")]
    public required SourcePath Path { get; init; }

    [Description("Forms of the disk to write.")]
    public IReadOnlyList<DirectoryFormat> Formats { get; init; } = [DirectoryFormat.Qcow2];

    [Description("Name of the files before their endings. Left out: the recipe's name.")]
    public string? Name { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<DirectoryFormat>))]
public enum DirectoryFormat
{
    [JsonStringEnumMemberName("qcow2")]
    [Description("QEMU's format, ending .qcow2.")]
    Qcow2,

    [JsonStringEnumMemberName("raw")]
    [Description("The bytes of the disk, sparse, ending .raw.")]
    Raw,

    [JsonStringEnumMemberName("vhd")]
    [Description("Fixed VHD as Azure takes it, sparse, ending .vhd.")]
    Vhd,

    [JsonStringEnumMemberName("gcp")]
    [Description("What Google Cloud imports, ending .tar.gz.")]
    Gcp,

    [JsonStringEnumMemberName("vmdk")]
    [Description("VMware's stream-optimised form, ending .vmdk.")]
    Vmdk,
}
