using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Aws;

/// <summary>What the tests of AMIs have in common.</summary>
public abstract class AmiTests : IDisposable
{
    protected static readonly AmiDestination Everything = new()
    {
        Region = "eu-central-1",
        CopyTo = ["us-east-1"],
        Accounts = ["210987654321"],
        DeprecateAfterDays = 30,
    };

    protected static readonly AmiDestination Imported = Everything with { Method = AmiMethod.Import, Bucket = AwsFake.Bucket };

    protected static CancellationToken Never => TestContext.Current.CancellationToken;

    private protected ScratchFolder Scratch { get; } = new();

    public void Dispose()
    {
        Scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static Task<IReadOnlyList<Fault>> CheckedAsync(AwsPlace place) => PublishRun.CheckAsync([place.Destination("tester")], Samples.Description, Never);

    protected static void AssertSame(string disk, string copy)
    {
        byte[] expected = File.ReadAllBytes(disk);
        using FileStream found = File.OpenRead(copy);
        byte[] start = new byte[expected.Length];
        found.ReadExactly(start);
        Assert.True(expected.AsSpan().SequenceEqual(start));
    }

    private protected async Task<Publication> PublishedAsync(AwsPlace place, string disk, string digestOf)
    {
        DestinationResult result = await PublishAsync(place, disk, digestOf);
        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        return result.Publication!;
    }

    private protected async Task<DestinationResult> PublishAsync(AwsPlace place, string disk, string digestOf, string journals = "journals")
    {
        await using PreparedDestination destination = place.Destination("tester");
        return Assert.Single(await new PublishRun(Scratch[journals], place.Events, TimeProvider.System).PublishAsync([destination], Samples.Image(disk, digestOf), stopAtFirst: false, Never));
    }
}
