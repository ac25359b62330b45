using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Libvirt;

internal sealed class LibvirtKind : IPublisherKind
{
    public string Name => "libvirt";

    public bool Handles(Destination destination) => destination is LibvirtDestination;

    public IPublisher Create(DestinationSetting setting)
    {
        LibvirtPlace place = new(setting, (LibvirtDestination)setting.Destination);
        if (place.Password is { } password)
            setting.Surroundings.Conceal(new Secret(password));
        return new LibvirtPublisher(place);
    }
}
