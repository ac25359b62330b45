using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Directories;

internal sealed class DirectoryPublisherKind : IPublisherKind
{
    public string Name => "directory";

    public bool Handles(Destination destination) => destination is DirectoryDestination;

    public IPublisher Create(DestinationSetting setting) => new DirectoryPublisher(setting, (DirectoryDestination)setting.Destination);
}
