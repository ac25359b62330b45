namespace ImageFactory.Images.Gpt;

/// <summary>Attribute bits of a partition entry: 0 to 2 of the UEFI specification, 59 to 63 of the Discoverable Partitions Specification.</summary>
[Flags]
public enum GptAttributes : ulong
{
    None = 0,
    Required = 1UL << 0,
    NoBlockIo = 1UL << 1,
    LegacyBoot = 1UL << 2,
    GrowFileSystem = 1UL << 59,
    ReadOnly = 1UL << 60,
    Hidden = 1UL << 62,
    NoAutomount = 1UL << 63,
}
