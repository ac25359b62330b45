using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Tests.Contract;

namespace ImageFactory.Publishing.Tests.Oci;

public sealed class OciImageContractTests : PublisherContract
{
    protected override async Task<IPlace> StartAsync() => await RegistryPlace.StartAsync(r => new OciImageDestination { Image = r });
}

public sealed class OciArtifactContractTests : PublisherContract
{
    protected override async Task<IPlace> StartAsync() => await RegistryPlace.StartAsync(r => new OciArtifactDestination { Image = r + ":v1" });
}

public sealed class OciIndexContractTests : PublisherContract
{
    protected override async Task<IPlace> StartAsync()
    {
        RegistryPlace place = await RegistryPlace.StartAsync(r => new OciImageDestination { Image = r + ":latest", MultiArch = true });
        place.Fake.HasReferrers = false;
        return place;
    }
}
