using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Libvirt;

internal sealed class LibvirtKind : IPublisherKind
{
    public string Name => "libvirt";

    public bool Handles(Destination destination) => destination is LibvirtDestination;

    public IPublisher Create(DestinationSetting setting) => new LibvirtPublisher(new LibvirtPlace(setting, (LibvirtDestination)setting.Destination));
}
