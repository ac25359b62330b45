using System.ComponentModel;

namespace ImageFactory.Model.Recipes.Destinations;

[Kind("oci-artifact")]
[Description("An OCI artifact: the disk as one blob with the title podvm.qcow2, the measurements as another.")]
public sealed record OciArtifactDestination : OciDestination
{
    [Description("Type of the artifact.")]
    public string ArtifactType { get; init; } = "application/vnd.imagefactory.podvm.v1";
}
