using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ImageFactory.Model.Recipes;

public sealed record SystemSettings
{
    [Description("Kernel arguments, after those that the disk needs.")]
    public IReadOnlyList<string> KernelArguments { get; init; } = ["console=ttyS0"];

    [Description("systemd units to enable, disable and mask.")]
    public UnitSettings Units { get; init; } = new();

    [Description("Files to add.")]
    public IReadOnlyList<SystemFile> Files { get; init; } = [];

    [Description("cloud-init: absent fails when the base has it, restricted keeps only the harmless modules.")]
    public CloudInit CloudInit { get; init; } = CloudInit.Absent;

    [Description("FIPS mode: kernel, initrd and crypto policies. For systems with crypto policies (RHEL, CentOS Stream, Fedora).")]
    public bool Fips { get; init; }

    [Description("NVIDIA GPUs: their devices are made known to containers (CDI) before the agent starts. Driver and container toolkit come with the base or a payload.")]
    public bool Nvidia { get; init; }

    [Description("An ssh server: absent, or debug, which makes a debug image that says so in its name and manifest and must not run confidential pods.")]
    public SshAccess Ssh { get; init; } = SshAccess.Absent;

    [Description("Public keys that may log in as root in a debug image, in the form of authorized_keys.")]
    public SourcePath? AuthorizedKeys { get; init; }
}

public sealed record UnitSettings
{
    [Description("Units to start at boot.")]
    public IReadOnlyList<string> Enable { get; init; } = [];

    [Description("Units not to start at boot.")]
    public IReadOnlyList<string> Disable { get; init; } = [];

    [Description("Units that cannot be started at all.")]
    public IReadOnlyList<string> Mask { get; init; } = [];
}

[Description("A file with either text in the recipe or a source on this machine.")]
public sealed record SystemFile
{
    [Description("Absolute path inside the image.")]
    public required string Path { get; init; }

    [Description("The text.")]
    public string? Content { get; init; }

    [Description("A file on this machine.")]
    public SourcePath? Source { get; init; }

    [Description("Octal mode.")]
    public string Mode { get; init; } = "0644";
}

[JsonConverter(typeof(JsonStringEnumConverter<CloudInit>))]
public enum CloudInit
{
    [JsonStringEnumMemberName("absent")]
    Absent,

    [JsonStringEnumMemberName("restricted")]
    Restricted,
}

[JsonConverter(typeof(JsonStringEnumConverter<SshAccess>))]
public enum SshAccess
{
    [JsonStringEnumMemberName("absent")]
    Absent,

    [JsonStringEnumMemberName("debug")]
    Debug,
}
