using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ImageFactory.Model.Recipes;

public sealed record MeasurementSettings
{
    [Description("Kinds of confidential VMs whose verifier gets values and a policy.")]
    public IReadOnlyList<MeasurementTarget> Targets { get; init; } = [MeasurementTarget.AzSnpVtpm, MeasurementTarget.AzTdxVtpm, MeasurementTarget.Tpm];

    [Description("Form of the ConfigMap with the reference values, by release of the Trustee operator.")]
    public RvpsGeneration Trustee { get; init; } = RvpsGeneration.B;

    [Description("When the values expire, in UTC. An absolute time, so that the same recipe gives the same files; values of retired images are better removed than left to expire.")]
    public string Expires { get; init; } = "2099-12-31T00:00:00Z";

    [Description("Whether machines boot with Secure Boot: any gives values for both where the image is signed, and for off otherwise.")]
    public SecureBootUse SecureBoot { get; init; } = SecureBootUse.Any;

    [Description("Keys that the image is published with; with them PCR 7 is predicted.")]
    public EnrolledKeySettings? SecureBootKeys { get; init; }

    [Description("Initdata documents that pods may bring; PCR 8 and its like are made from them.")]
    public IReadOnlyList<SourcePath> Initdata { get; init; } = [];

    [Description("Also accept pods without initdata, for which the guest measures a fixed document.")]
    public bool WithoutInitdata { get; init; }

    [Description("How machines without a TPM are launched, for the values snp_launch_measurement and mr_td. They cover firmware and processors, not the disk.")]
    public IReadOnlyList<LaunchSettings> Launch { get; init; } = [];
}

[JsonConverter(typeof(JsonStringEnumConverter<MeasurementTarget>))]
public enum MeasurementTarget
{
    [JsonStringEnumMemberName("az-snp-vtpm")]
    [Description("SEV-SNP on Azure")]
    AzSnpVtpm,

    [JsonStringEnumMemberName("az-tdx-vtpm")]
    [Description("TDX on Azure")]
    AzTdxVtpm,

    [JsonStringEnumMemberName("tpm")]
    [Description("a machine with a TPM")]
    Tpm,

    [JsonStringEnumMemberName("snp")]
    [Description("SEV-SNP without a TPM inside")]
    Snp,

    [JsonStringEnumMemberName("tdx")]
    [Description("TDX without a TPM inside")]
    Tdx,
}

/// <summary>Forms of the ConfigMap that releases of the Trustee operator read.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RvpsGeneration>))]
public enum RvpsGeneration
{
    [JsonStringEnumMemberName("A")]
    [Description("before 1.0: digests with their algorithm")]
    A,

    [JsonStringEnumMemberName("B")]
    [Description("1.0 and 1.1: arrays; 1.2 converts them")]
    B,

    [JsonStringEnumMemberName("C")]
    [Description("1.2: the entries of B in base64")]
    C,
}

[JsonConverter(typeof(JsonStringEnumConverter<SecureBootUse>))]
public enum SecureBootUse
{
    [JsonStringEnumMemberName("any")]
    Any,

    [JsonStringEnumMemberName("on")]
    On,

    [JsonStringEnumMemberName("off")]
    Off,
}

[Description("The certificates in the firmware's variables, each in the order of its variable.")]
public sealed record EnrolledKeySettings
{
    [Description("Owner GUID of the entries.")]
    public required string Owner { get; init; }

    [Description("Platform key, certificate.")]
    public required SourcePath Pk { get; init; }

    [Description("Key exchange keys, certificates.")]
    public required IReadOnlyList<SourcePath> Kek { get; init; }

    [Description("Certificates whose programs may start.")]
    public required IReadOnlyList<SourcePath> Db { get; init; }

    [Description("The whole content of dbx, as the firmware has it. Left out: empty.")]
    public SourcePath? Dbx { get; init; }
}

[Description("One way of launching a machine.")]
public sealed record LaunchSettings
{
    [Description("The firmware image, as the host gives it to the machine.")]
    public required SourcePath Firmware { get; init; }

    [Description("Who launches: the first register values differ.")]
    public LaunchedBy By { get; init; } = LaunchedBy.Qemu;

    [Description("Processor model of QEMU, for SEV-SNP.")]
    public LaunchCpu Cpu { get; init; } = LaunchCpu.EpycV4;

    [Description("Numbers of virtual processors; each gives a value of its own.")]
    public IReadOnlyList<int> Vcpus { get; init; } = [1, 2, 4, 8];

    [Description("Kernel, initrd and command line that the host gives to the machine, when it boots without the disk's boot loader; they are in the values then.")]
    public DirectBootSettings? Direct { get; init; }
}

[Description("What the host gives to a machine that it boots directly.")]
public sealed record DirectBootSettings
{
    [Description("The kernel, as the host has it.")]
    public required SourcePath Kernel { get; init; }

    [Description("The initrd. Left out: the machine gets none.")]
    public SourcePath? Initrd { get; init; }

    [Description("Command line, byte for byte as the host passes it.")]
    public string CommandLine { get; init; } = "";
}

[JsonConverter(typeof(JsonStringEnumConverter<LaunchedBy>))]
public enum LaunchedBy
{
    [JsonStringEnumMemberName("qemu")]
    Qemu,

    [JsonStringEnumMemberName("ec2")]
    Ec2,

    [JsonStringEnumMemberName("gce")]
    Gce,
}

[JsonConverter(typeof(JsonStringEnumConverter<LaunchCpu>))]
public enum LaunchCpu
{
    [JsonStringEnumMemberName("epyc-v4")]
    EpycV4,

    [JsonStringEnumMemberName("epyc-milan")]
    EpycMilan,

    [JsonStringEnumMemberName("epyc-genoa")]
    EpycGenoa,

    [JsonStringEnumMemberName("epyc-turin")]
    EpycTurin,
}
