using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Azure;

/// <summary><c>kind: azure-gallery</c>.</summary>
internal sealed class AzureGalleryKind : IPublisherKind
{
    public string Name => "azure-gallery";

    public bool Handles(Destination destination) => destination is AzureGalleryDestination;

    public IPublisher Create(DestinationSetting setting) => new AzureGalleryPublisher(setting, AzureTiming.Default, AzureCredential.Of);
}
