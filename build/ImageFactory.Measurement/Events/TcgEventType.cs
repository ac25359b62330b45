using System.Text.Json.Serialization;

namespace ImageFactory.Measurement.Events;

/// <summary>Types of event log entries (TCG PC Client Platform Firmware Profile 1.06, section 10.4.1) that a boot of an image shows.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TcgEventType>))]
public enum TcgEventType : uint
{
    /// <summary>An extension that userspace makes; it is in no firmware log.</summary>
    [JsonStringEnumMemberName("userspace")]
    Userspace = 0xffff_ffff,

    [JsonStringEnumMemberName("EV_NO_ACTION")]
    NoAction = 0x3,

    [JsonStringEnumMemberName("EV_SEPARATOR")]
    Separator = 0x4,

    [JsonStringEnumMemberName("EV_EVENT_TAG")]
    EventTag = 0x6,

    [JsonStringEnumMemberName("EV_IPL")]
    Ipl = 0xd,

    [JsonStringEnumMemberName("EV_EFI_VARIABLE_DRIVER_CONFIG")]
    EfiVariableDriverConfig = 0x8000_0001,

    [JsonStringEnumMemberName("EV_EFI_BOOT_SERVICES_APPLICATION")]
    EfiBootServicesApplication = 0x8000_0003,

    [JsonStringEnumMemberName("EV_EFI_GPT_EVENT")]
    EfiGptEvent = 0x8000_0006,

    [JsonStringEnumMemberName("EV_EFI_ACTION")]
    EfiAction = 0x8000_0007,

    [JsonStringEnumMemberName("EV_EFI_VARIABLE_AUTHORITY")]
    EfiVariableAuthority = 0x8000_00e0,
}
