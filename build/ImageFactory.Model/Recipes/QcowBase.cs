using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ImageFactory.Model.Recipes;

[Kind("qcow2")]
[Description("A disk image of a system, qcow2 or raw, such as the KVM guest image of a distribution. It is converted to the measured disk, kept in its own layout with disk.integrity: none, or published as it is.")]
public sealed record QcowBase : BaseSource
{
    [Description("The image on this machine. Exactly one of path and uri.")]
    public SourcePath? Path { get; init; }

    [Description("Address of the image, https only; sha256 is then required.")]
    public string? Uri { get; init; }

    [Description("SHA-256 of the image; the build ends when it differs.")]
    public string? Sha256 { get; init; }

    [Description("The file behind an image that has a backing file. Left out: such an image is refused.")]
    public SourcePath? Backing { get; init; }

    [Description("Take the disk as a finished pod VM image and change not one bit of its system: it is only measured and published. What would change it cannot be set beside it.")]
    public bool AsIs { get; init; }

    [Description("What happens to the system on the disk.")]
    public GuestSettings Guest { get; init; } = new();
}

[Description("What happens to a system that comes as a disk, before payload and policy are put into it.")]
public sealed record GuestSettings
{
    [Description("Packages to install with the system's own package manager. Needs guest.network.")]
    public IReadOnlyList<string> Packages { get; init; } = [];

    [Description("Packages to remove, with what depends on them.")]
    public IReadOnlyList<string> RemovePackages { get; init; } = [];

    [Description("Let the system's package manager reach the network. What it installs is not pinned.")]
    public bool Network { get; init; }

    [Description("What the measured disk boots: the system's newest kernel in a UKI of ours, or the UKI of the vendor with an addon that carries the root hash.")]
    public GuestBoot Boot { get; init; } = GuestBoot.Kernel;

    [Description("How the initrd is made, with the system's own dracut; not for a vendor's UKI.")]
    public InitrdSettings Initrd { get; init; } = new();
}

[JsonConverter(typeof(JsonStringEnumConverter<GuestBoot>))]
public enum GuestBoot
{
    [JsonStringEnumMemberName("kernel")]
    Kernel,

    [JsonStringEnumMemberName("vendor-uki")]
    VendorUki,
}
