using System.Text.Json.Serialization;

namespace ImageFactory.Measurement.Events;

/// <summary>What kind of thing an event measures: what a reader, a comparison and the search for a cause go by.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EventSubject>))]
public enum EventSubject
{
    /// <summary>A fixed string of the firmware.</summary>
    [JsonStringEnumMemberName("action")]
    Action,

    [JsonStringEnumMemberName("separator")]
    Separator,

    /// <summary>A firmware variable.</summary>
    [JsonStringEnumMemberName("variable")]
    Variable,

    /// <summary>The partition table.</summary>
    [JsonStringEnumMemberName("partition-table")]
    PartitionTable,

    /// <summary>An EFI program that the firmware loads: boot loader, UKI or addon.</summary>
    [JsonStringEnumMemberName("program")]
    Program,

    /// <summary>The kernel inside the UKI, loaded as a program.</summary>
    [JsonStringEnumMemberName("kernel")]
    Kernel,

    [JsonStringEnumMemberName("section-name")]
    SectionName,

    [JsonStringEnumMemberName("section")]
    Section,

    [JsonStringEnumMemberName("command-line")]
    CommandLine,

    /// <summary>All that the kernel gets as initrd.</summary>
    [JsonStringEnumMemberName("initrd")]
    Initrd,

    /// <summary>Content of an addon beside its command line.</summary>
    [JsonStringEnumMemberName("addon")]
    Addon,

    [JsonStringEnumMemberName("credentials")]
    Credentials,

    [JsonStringEnumMemberName("extensions")]
    Extensions,

    [JsonStringEnumMemberName("boot-loader-configuration")]
    BootLoaderConfiguration,

    /// <summary>A phase of the boot that systemd extends.</summary>
    [JsonStringEnumMemberName("phase")]
    Phase,

    [JsonStringEnumMemberName("initdata")]
    Initdata,
}
