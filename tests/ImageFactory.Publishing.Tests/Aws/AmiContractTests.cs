using ImageFactory.Publishing.Tests.Contract;

namespace ImageFactory.Publishing.Tests.Aws;

public sealed class AmiContractTests : PublisherContract
{
    protected override async Task<IPlace> StartAsync() => await AwsPlace.StartAsync();
}
