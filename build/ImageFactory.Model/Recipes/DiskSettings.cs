using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ImageFactory.Model.Recipes;

public sealed record DiskSettings
{
    [Description("File system of the root partition.")]
    public RootFileSystem Root { get; init; } = RootFileSystem.Erofs;

    [Description("Compression inside an erofs root: lz4hc boots fastest, zstd is smallest, none is for experiments.")]
    public RootCompression RootCompression { get; init; } = RootCompression.Lz4hc;

    [Description("verity binds every byte of the root to the measured command line; none is for experiments.")]
    public Integrity Integrity { get; init; } = Integrity.Verity;

    [Description("What can be written at run time: overlay puts a memory overlay over all of /, state keeps / read-only with an empty /var in memory.")]
    public Volatility Volatile { get; init; } = Volatility.Overlay;

    [Description("Encrypted scratch space, made at each boot on the free space behind the image: plain (dm-crypt with a throw-away key, fast), luks2, or none.")]
    public Scratch Scratch { get; init; } = Scratch.Plain;

    [Description("Virtual size: auto leaves nothing unused, or a size such as 4GiB.")]
    public string Size { get; init; } = "auto";

    [Description("Format of the image file.")]
    public DiskFormat Format { get; init; } = DiskFormat.Qcow2;

    [Description("Compression of qcow2 clusters.")]
    public ClusterCompression Compression { get; init; } = ClusterCompression.Zstd;
}

[JsonConverter(typeof(JsonStringEnumConverter<RootFileSystem>))]
public enum RootFileSystem
{
    [JsonStringEnumMemberName("erofs")]
    Erofs,

    [JsonStringEnumMemberName("ext4")]
    Ext4,
}

[JsonConverter(typeof(JsonStringEnumConverter<RootCompression>))]
public enum RootCompression
{
    [JsonStringEnumMemberName("lz4hc")]
    Lz4hc,

    [JsonStringEnumMemberName("lz4")]
    Lz4,

    [JsonStringEnumMemberName("zstd")]
    Zstd,

    [JsonStringEnumMemberName("none")]
    None,
}

[JsonConverter(typeof(JsonStringEnumConverter<Integrity>))]
public enum Integrity
{
    [JsonStringEnumMemberName("verity")]
    Verity,

    [JsonStringEnumMemberName("none")]
    None,
}

[JsonConverter(typeof(JsonStringEnumConverter<Volatility>))]
public enum Volatility
{
    [JsonStringEnumMemberName("overlay")]
    Overlay,

    [JsonStringEnumMemberName("state")]
    State,
}

[JsonConverter(typeof(JsonStringEnumConverter<Scratch>))]
public enum Scratch
{
    [JsonStringEnumMemberName("none")]
    None,

    [JsonStringEnumMemberName("plain")]
    Plain,

    [JsonStringEnumMemberName("luks2")]
    Luks2,
}

[JsonConverter(typeof(JsonStringEnumConverter<DiskFormat>))]
public enum DiskFormat
{
    [JsonStringEnumMemberName("qcow2")]
    Qcow2,

    [JsonStringEnumMemberName("raw")]
    Raw,
}

[JsonConverter(typeof(JsonStringEnumConverter<ClusterCompression>))]
public enum ClusterCompression
{
    [JsonStringEnumMemberName("zstd")]
    Zstd,

    [JsonStringEnumMemberName("zlib")]
    Zlib,

    [JsonStringEnumMemberName("none")]
    None,
}

[Description("The key and certificate that sign the UKI.")]
public sealed record SecureBootSettings
{
    [Description("Private key, PEM.")]
    public required SourcePath Key { get; init; }

    [Description("Certificate, PEM.")]
    public required SourcePath Certificate { get; init; }
}

public sealed record BootCheckSettings
{
    [Description("Seconds until a boot that has not reported is given up; it is tried twice.")]
    public int TimeLimit { get; init; } = 600;

    [Description("Memory of the virtual machine in MiB.")]
    public int Memory { get; init; } = 1536;
}
