using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Oci;

/// <summary><c>kind: oci-image</c>.</summary>
internal sealed class OciImageKind : IPublisherKind
{
    public string Name => "oci-image";

    public bool Handles(Destination destination) => destination is OciImageDestination;

    public IPublisher Create(DestinationSetting setting) => new OciPublisher(new OciPlace(setting, Name), new ImageForm());
}

/// <summary><c>kind: oci-artifact</c>.</summary>
internal sealed class OciArtifactKind : IPublisherKind
{
    public string Name => "oci-artifact";

    public bool Handles(Destination destination) => destination is OciArtifactDestination;

    public IPublisher Create(DestinationSetting setting) =>
        new OciPublisher(new OciPlace(setting, Name), new ArtifactForm(((OciArtifactDestination)setting.Destination).ArtifactType));
}
