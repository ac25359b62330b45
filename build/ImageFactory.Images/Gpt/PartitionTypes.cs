using ImageFactory.Model;

namespace ImageFactory.Images.Gpt;

/// <summary>Partition type GUIDs of the UEFI specification and the Discoverable Partitions Specification (UAPI.2).</summary>
public static class PartitionTypes
{
    public static readonly Guid EfiSystem = new("c12a7328-f81f-11d2-ba4b-00a0c93ec93b");

    public static readonly Guid RootX64 = new("4f68bce3-e8cd-4db1-96e7-fbcaf984b709");

    public static readonly Guid RootVerityX64 = new("2c7357ed-ebd2-46d9-aec1-23d437ec2bf5");

    public static readonly Guid RootS390x = new("5eead9a9-fe09-4a1e-a1d7-520d00531306");

    public static readonly Guid RootVerityS390x = new("b325bfbe-c7be-4ab8-8357-139e652d2f6b");

    public static readonly Guid LinuxGeneric = new("0fc63daf-8483-4772-8e79-3d69d8477de4");

    public static readonly Guid Luks = new("ca7d7ccb-63ed-4c53-861c-1742536059cc");

    public static Guid Root(Architecture architecture) => architecture switch
    {
        Architecture.X64 => RootX64,
        Architecture.S390x => RootS390x,
        _ => throw new ArgumentOutOfRangeException(nameof(architecture)),
    };

    public static Guid RootVerity(Architecture architecture) => architecture switch
    {
        Architecture.X64 => RootVerityX64,
        Architecture.S390x => RootVerityS390x,
        _ => throw new ArgumentOutOfRangeException(nameof(architecture)),
    };
}
