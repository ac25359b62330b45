using ImageFactory.Model;

namespace ImageFactory.Pipeline.Tools;

/// <summary>Programs and files that a build needs and a host may lack, with the Debian packages that hold them.</summary>
/// <param name="Name">Name of the stage that provides them, and of their tree in the lock.</param>
/// <param name="Packages">Packages by name; what they depend on is added.</param>
/// <param name="Programs">Programs, with the lowest version that serves.</param>
/// <param name="Files">Other files that must be there, below the root.</param>
public sealed record ToolSet(string Name, IReadOnlyList<string> Packages, IReadOnlyList<ToolRequirement> Programs, IReadOnlyList<string> Files)
{
    /// <summary>
    /// What makes file systems and disks. mke2fs reads archives only since 1.47.1 and loads libarchive for it;
    /// mkfs.erofs takes --tar with all that a root file system holds since 1.7, with stable bytes since 1.8.
    /// </summary>
    public static ToolSet Image { get; } = new(
        "image-tools",
        ["dosfstools", "e2fsprogs", "erofs-utils", "libarchive13t64", "mtools", "qemu-utils", "systemd-boot-efi"],
        [
            new("mkfs.erofs", "1.8", "--version"),
            new("fsck.erofs", "1.8", "--version"),
            new("mke2fs", "1.47.1", "-V"),
            new("debugfs", "1.47.1", "-V"),
            new("mcopy", "4.0.40", "--version"),
            new("mkfs.vfat", "4.2", "--help"),
            new("qemu-img", "8.0", "--version"),
        ],
        [StubPath]);

    /// <summary>For s390x: no UEFI, but a module index for a kernel of another machine.</summary>
    public static ToolSet ImageS390x { get; } = Image with
    {
        Packages = ["e2fsprogs", "erofs-utils", "kmod", "libarchive13t64", "qemu-utils"],
        Programs =
        [
            new("mkfs.erofs", "1.8", "--version"),
            new("mke2fs", "1.47.1", "-V"),
            new("qemu-img", "8.0", "--version"),
            new("depmod", "30.0", "--version"),
        ],
        Files = [],
    };

    public static ToolSet ImageOf(Architecture architecture) => architecture == Architecture.S390x ? ImageS390x : Image;

    /// <summary>What boots an image for a check. QEMU 7.2 panics current kernels when it emulates the processor; 10 does not.</summary>
    public static ToolSet Boot { get; } = new(
        "boot-tools",
        ["ovmf", "qemu-system-x86", "qemu-utils", "swtpm"],
        [new("qemu-system-x86_64", "10.0", "--version"), new("qemu-img", "8.0", "--version"), new("swtpm", "0.7", "--version")],
        [FirmwareCode, FirmwareVariables]);

    /// <summary>The same for s390x, whose firmware comes with QEMU.</summary>
    public static ToolSet BootS390x { get; } = new(
        "boot-tools",
        ["qemu-system-s390x", "qemu-utils"],
        [new("qemu-system-s390x", "7.2", "--version"), new("qemu-img", "8.0", "--version")],
        []);

    public static ToolSet BootOf(Architecture architecture) => architecture == Architecture.S390x ? BootS390x : Boot;

    /// <summary>systemd's stub for x86-64, which becomes the UKI.</summary>
    public const string StubPath = "usr/lib/systemd/boot/efi/linuxx64.efi.stub";

    public const string FirmwareCode = "usr/share/OVMF/OVMF_CODE_4M.fd";
    public const string FirmwareVariables = "usr/share/OVMF/OVMF_VARS_4M.fd";
}

/// <param name="Minimum">Lowest version that serves.</param>
/// <param name="VersionOption">The option that makes it print its version.</param>
public sealed record ToolRequirement(string Program, string Minimum, string VersionOption);
