using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Aws;

internal sealed class AmiPublisherKind : IPublisherKind
{
    public string Name => "ami";

    public bool Handles(Destination destination) => destination is AmiDestination;

    public IPublisher Create(DestinationSetting setting) => new AmiPublisher(setting, (AmiDestination)setting.Destination);
}
