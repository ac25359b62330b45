using System.Reflection;
using System.Text.Json.Serialization;

namespace ImageFactory.Measurement.Events;

/// <summary>Types of event log entries (TCG PC Client Platform Firmware Profile 1.06, section 10.4.1). A log may hold others.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TcgEventType>))]
public enum TcgEventType : uint
{
    /// <summary>An extension that userspace makes; it is in no firmware log.</summary>
    [JsonStringEnumMemberName("userspace")]
    Userspace = 0xffff_ffff,

    [JsonStringEnumMemberName("EV_POST_CODE")]
    PostCode = 0x1,

    [JsonStringEnumMemberName("EV_NO_ACTION")]
    NoAction = 0x3,

    [JsonStringEnumMemberName("EV_SEPARATOR")]
    Separator = 0x4,

    [JsonStringEnumMemberName("EV_ACTION")]
    Action = 0x5,

    [JsonStringEnumMemberName("EV_EVENT_TAG")]
    EventTag = 0x6,

    [JsonStringEnumMemberName("EV_S_CRTM_CONTENTS")]
    CrtmContents = 0x7,

    [JsonStringEnumMemberName("EV_S_CRTM_VERSION")]
    CrtmVersion = 0x8,

    [JsonStringEnumMemberName("EV_CPU_MICROCODE")]
    CpuMicrocode = 0x9,

    [JsonStringEnumMemberName("EV_PLATFORM_CONFIG_FLAGS")]
    PlatformConfigFlags = 0xa,

    [JsonStringEnumMemberName("EV_TABLE_OF_DEVICES")]
    TableOfDevices = 0xb,

    [JsonStringEnumMemberName("EV_COMPACT_HASH")]
    CompactHash = 0xc,

    [JsonStringEnumMemberName("EV_IPL")]
    Ipl = 0xd,

    [JsonStringEnumMemberName("EV_IPL_PARTITION_DATA")]
    IplPartitionData = 0xe,

    [JsonStringEnumMemberName("EV_NONHOST_CODE")]
    NonHostCode = 0xf,

    [JsonStringEnumMemberName("EV_NONHOST_CONFIG")]
    NonHostConfig = 0x10,

    [JsonStringEnumMemberName("EV_NONHOST_INFO")]
    NonHostInfo = 0x11,

    [JsonStringEnumMemberName("EV_OMIT_BOOT_DEVICE_EVENTS")]
    OmitBootDeviceEvents = 0x12,

    [JsonStringEnumMemberName("EV_EFI_VARIABLE_DRIVER_CONFIG")]
    EfiVariableDriverConfig = 0x8000_0001,

    [JsonStringEnumMemberName("EV_EFI_VARIABLE_BOOT")]
    EfiVariableBoot = 0x8000_0002,

    [JsonStringEnumMemberName("EV_EFI_BOOT_SERVICES_APPLICATION")]
    EfiBootServicesApplication = 0x8000_0003,

    [JsonStringEnumMemberName("EV_EFI_BOOT_SERVICES_DRIVER")]
    EfiBootServicesDriver = 0x8000_0004,

    [JsonStringEnumMemberName("EV_EFI_RUNTIME_SERVICES_DRIVER")]
    EfiRuntimeServicesDriver = 0x8000_0005,

    [JsonStringEnumMemberName("EV_EFI_GPT_EVENT")]
    EfiGptEvent = 0x8000_0006,

    [JsonStringEnumMemberName("EV_EFI_ACTION")]
    EfiAction = 0x8000_0007,

    [JsonStringEnumMemberName("EV_EFI_PLATFORM_FIRMWARE_BLOB")]
    EfiPlatformFirmwareBlob = 0x8000_0008,

    [JsonStringEnumMemberName("EV_EFI_HANDOFF_TABLES")]
    EfiHandoffTables = 0x8000_0009,

    [JsonStringEnumMemberName("EV_EFI_PLATFORM_FIRMWARE_BLOB2")]
    EfiPlatformFirmwareBlob2 = 0x8000_000a,

    [JsonStringEnumMemberName("EV_EFI_HANDOFF_TABLES2")]
    EfiHandoffTables2 = 0x8000_000b,

    [JsonStringEnumMemberName("EV_EFI_VARIABLE_BOOT2")]
    EfiVariableBoot2 = 0x8000_000c,

    [JsonStringEnumMemberName("EV_EFI_HCRTM_EVENT")]
    EfiHcrtmEvent = 0x8000_0010,

    [JsonStringEnumMemberName("EV_EFI_VARIABLE_AUTHORITY")]
    EfiVariableAuthority = 0x8000_00e0,
}

public static class TcgEventTypes
{
    private static readonly Dictionary<TcgEventType, string> Names = Enum.GetValues<TcgEventType>().ToDictionary(
        type => type, type => typeof(TcgEventType).GetField(type.ToString())!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()!.Name);

    /// <summary>The name the standard gives, or the number in hex.</summary>
    public static string NameOf(TcgEventType type) => Names.GetValueOrDefault(type) ?? $"0x{(uint)type:x8}";
}
