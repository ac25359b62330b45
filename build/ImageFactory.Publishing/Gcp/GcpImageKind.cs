using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Gcp;

internal sealed class GcpImageKind : IPublisherKind
{
    public string Name => "gcp-image";

    public bool Handles(Destination destination) => destination is GcpImageDestination;

    public IPublisher Create(DestinationSetting setting) => new GcpImagePublisher(new GcpPlace(setting, (GcpImageDestination)setting.Destination));
}
