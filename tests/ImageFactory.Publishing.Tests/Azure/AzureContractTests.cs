using ImageFactory.Model.Manifests;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Contract;

namespace ImageFactory.Publishing.Tests.Azure;

public sealed class AzureContractTests : PublisherContract
{
    protected override async Task<IPlace> StartAsync() => new AzurePlaceOfTests(await AzureBench.StartAsync());

    private sealed class AzurePlaceOfTests : IPlace
    {
        private readonly AzureBench bench;

        public AzurePlaceOfTests(AzureBench bench)
        {
            this.bench = bench;
            // Gallery and definition are shared by all images, and stay when one goes.
            bench.AddParents();
        }

        public PreparedDestination Destination(string owner)
        {
            bench.Destination = bench.Destination with { Owner = owner };
            return bench.Prepared();
        }

        public Task ReadBackAsync(Publication publication, string file) => File.WriteAllBytesAsync(file, bench.Arm.ContentOf(publication.Id)[..^512]);

        public IReadOnlyList<string> Everything() => bench.Arm.Ids;

        public ValueTask DisposeAsync() => bench.DisposeAsync();
    }
}
