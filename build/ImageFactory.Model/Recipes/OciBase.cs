using System.ComponentModel;

namespace ImageFactory.Model.Recipes;

[Kind("oci")]
[Description("A container image, or an artifact such as ORAS pushes, that holds a disk. The disk is converted to the measured disk, kept in its own layout with disk.integrity: none, or published as it is.")]
public sealed record OciBase : BaseSource
{
    [Description("The image: HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST], or as the Job's PODVM_IMAGE_URI has it: oci::IMAGE[::PATH]. A digest makes builds repeatable; a tag is asked again after an hour.")]
    public required string Image { get; init; }

    [Description("Path of the disk inside the image; for an artifact the name of its file. Left out: /image/podvm.qcow2, or an artifact's only file or only disk. A disk inside an archive (podvm.tar.xz) is found.")]
    public string? Path { get; init; }

    [Description("Take the disk as a finished pod VM image and change not one bit of its system: it is only measured and published. What would change it cannot be set beside it.")]
    public bool AsIs { get; init; }

    [Description("What happens to the system on the disk.")]
    public GuestSettings Guest { get; init; } = new();
}
