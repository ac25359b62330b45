using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ImageFactory.Model.Recipes.Destinations;

[Kind("ami")]
[Description("An Amazon Machine Image. Uploaded block by block through EBS direct, which needs no bucket and no import role, or imported from a bucket.")]
public sealed record AmiDestination : Destination
{
    [Description("Region. Left out: AWS_REGION or AWS_DEFAULT_REGION of the environment.")]
    public string? Region { get; init; }

    [Description("How the disk gets there: direct (EBS direct), or import (through an object in 'bucket', which is removed again).")]
    public AmiMethod Method { get; init; } = AmiMethod.Direct;

    [Description("Bucket for 'method: import'; it must exist in the region. Left out: AWS_S3_BUCKET.")]
    public string? Bucket { get; init; }

    [Description("Role that the import service takes on to read the bucket.")]
    public string ImportRole { get; init; } = "vmimport";

    [Description("Name of the image. Left out: the recipe's name and the first 12 digits of the image's digest, so that each image has its own.")]
    public string? Name { get; init; }

    [Description("An image of this owner that has the name but other content is removed for the new one, unless a machine uses it. Otherwise that is a fault.")]
    public bool Replace { get; init; }

    [Description("Further regions that the image is copied to.")]
    public IReadOnlyList<string> CopyTo { get; init; } = [];

    [Description("Accounts that may launch it, 12 digits each.")]
    public IReadOnlyList<string> Accounts { get; init; } = [];

    [Description("Everybody may launch it.")]
    public bool Public { get; init; }

    [Description("Size of the root volume in GiB; 0: as large as the disk.")]
    public int VolumeSize { get; init; }

    [Description("Type of the root volume.")]
    public VolumeType VolumeType { get; init; } = VolumeType.Gp3;

    [Description("Machines have a virtual TPM 2.0.")]
    public bool Tpm { get; init; } = true;

    [Description("Machines must use version 2 of the metadata service. Cannot be taken back.")]
    public bool ImdsV2 { get; init; } = true;

    [Description("UEFI variables, Base64 in the form of python-uefivars (aws): our own Secure Boot keys.")]
    public SourcePath? UefiData { get; init; }

    [Description("Days after which the image is deprecated; 0: never.")]
    public int DeprecateAfterDays { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<AmiMethod>))]
public enum AmiMethod
{
    [JsonStringEnumMemberName("direct")]
    Direct,

    [JsonStringEnumMemberName("import")]
    Import,
}

[JsonConverter(typeof(JsonStringEnumConverter<VolumeType>))]
public enum VolumeType
{
    [JsonStringEnumMemberName("gp3")]
    Gp3,

    [JsonStringEnumMemberName("gp2")]
    Gp2,
}
