using ImageFactory.Publishing.Tests.Contract;

namespace ImageFactory.Publishing.Tests.Gcp;

public sealed class GcpContractTests : PublisherContract
{
    protected override async Task<IPlace> StartAsync() => await GcpBench.StartAsync();
}
