using System.ComponentModel;

namespace ImageFactory.Model.Recipes.Destinations;

[Kind("oci-image")]
[Description("A container image that holds the disk as /image/podvm.qcow2, and /image/measurements.json: what `oci::` in PODVM_IMAGE_URI and base `oci` read.")]
public sealed record OciImageDestination : OciDestination;
