using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Contract;

/// <summary>What every publisher keeps, whatever its service. A provider's tests derive from this and say what their place is.</summary>
public abstract class PublisherContract : IDisposable
{
    private readonly ScratchFolder scratch = new();
    private readonly Events events = new();

    public static TheoryData<string, long, int> Disks => new()
    {
        { "odd size", 3_000_001, 3 },
        { "all zeros", 2 << 20, 0 },
        { "one byte", 1, 1 },
        { "sparse", 300L << 20, 9 },
        { "no holes", 5 << 20, -1 },
    };

    protected static CancellationToken Never => TestContext.Current.CancellationToken;

    protected abstract Task<IPlace> StartAsync();

    protected PublishRun Run => new(scratch["journals"], events, TimeProvider.System);

    protected string Scratch(string name) => scratch[name];

    public void Dispose()
    {
        scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task What_was_published_reads_back_as_the_source(string name, long size, int pieces)
    {
        await using IPlace place = await StartAsync();
        string disk = pieces < 0 ? SparseDisk.MakeFull(scratch["disk"], (int)size, 1) : SparseDisk.Make(scratch["disk"], size, pieces, 1);

        Publication publication = await PublishedAsync(place, disk, name);

        await place.ReadBackAsync(publication, scratch["back"]);
        AssertBegins(disk, scratch["back"]);
    }

    [Fact]
    public async Task The_same_image_again_is_adopted_and_nothing_is_sent()
    {
        await using IPlace place = await StartAsync();
        string disk = SparseDisk.Make(scratch["disk"], 4 << 20, 2, 1);

        Publication first = await PublishedAsync(place, disk, "image");
        IReadOnlyList<string> before = place.Everything();
        Publication second = await PublishedAsync(place, disk, "image");

        Assert.False(first.Adopted);
        Assert.True(second.Adopted);
        Assert.Equal(0, second.BytesSent);
        Assert.Equal(first.Id, second.Id);
        Assert.Equal(before, place.Everything());
    }

    [Fact]
    public async Task A_sound_destination_has_no_faults_and_a_check_changes_nothing()
    {
        await using IPlace place = await StartAsync();
        IReadOnlyList<string> before = place.Everything();

        await using PreparedDestination destination = place.Destination("tester");
        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync([destination], Samples.Description, Never);

        Assert.Empty(faults);
        Assert.Equal(before, place.Everything());
    }

    [Fact]
    public async Task Unpublish_leaves_nothing_of_the_image()
    {
        await using IPlace place = await StartAsync();
        IReadOnlyList<string> before = place.Everything();
        await PublishedAsync(place, SparseDisk.Make(scratch["disk"], 4 << 20, 2, 1), "image");

        await using PreparedDestination destination = place.Destination("tester");
        RemovalResult removed = await PublishRun.UnpublishAsync([destination], Sha256.Of("image"), force: false, Never);
        RemovalResult again = await PublishRun.UnpublishAsync([destination], Sha256.Of("image"), force: false, Never);

        Assert.Empty(removed.Faults);
        Assert.NotEmpty(removed.Objects);
        Assert.Equal(before, place.Everything());
        Assert.Equal(["IFU108"], again.Faults.Select(f => f.Code));
    }

    [Fact]
    public async Task What_another_owns_is_never_removed()
    {
        await using IPlace place = await StartAsync();
        await PublishedAsync(place, SparseDisk.Make(scratch["disk"], 4 << 20, 2, 1), "image");
        IReadOnlyList<string> before = place.Everything();

        await using PreparedDestination other = place.Destination("somebody-else");
        RemovalResult removed = await PublishRun.UnpublishAsync([other], Sha256.Of("image"), force: true, Never);
        RemovalResult collected = await Run.CollectAsync([other], remove: true, Never);

        Assert.Empty(removed.Objects);
        Assert.Empty(collected.Objects);
        Assert.Equal(before, place.Everything());
    }

    [Fact]
    public async Task A_published_image_is_no_orphan()
    {
        await using IPlace place = await StartAsync();
        await PublishedAsync(place, SparseDisk.Make(scratch["disk"], 4 << 20, 2, 1), "image");

        await using PreparedDestination destination = place.Destination("tester");
        RemovalResult collected = await Run.CollectAsync([destination], remove: true, Never);

        Assert.Empty(collected.Objects);
        Assert.Empty(collected.Faults);
    }

    [Fact]
    public async Task A_cancelled_publish_leaves_nothing()
    {
        await using IPlace place = await StartAsync();
        IReadOnlyList<string> before = place.Everything();
        using CancellationTokenSource cancel = new();
        await cancel.CancelAsync();

        await using PreparedDestination destination = place.Destination("tester");
        DestinationResult result = Assert.Single(await Run.PublishAsync(
            [destination], Samples.Image(SparseDisk.Make(scratch["disk"], 4 << 20, 2, 1)), stopAtFirst: false, cancel.Token));

        Assert.Equal(["IFU106"], result.Faults.Select(f => f.Code));
        Assert.Equal(before, place.Everything());
    }

    protected async Task<Publication> PublishedAsync(IPlace place, string disk, string digestOf)
    {
        await using PreparedDestination destination = place.Destination("tester");
        DestinationResult result = Assert.Single(await Run.PublishAsync([destination], Samples.Image(disk, digestOf), stopAtFirst: false, Never));
        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        return result.Publication!;
    }

    /// <summary>The copy has the source's bytes and zeros behind them.</summary>
    protected static void AssertBegins(string source, string copy)
    {
        using FileStream expected = File.OpenRead(source);
        using FileStream found = File.OpenRead(copy);
        Assert.True(found.Length >= expected.Length, $"{found.Length} bytes came back of {expected.Length}");
        byte[] left = new byte[1 << 20];
        byte[] right = new byte[1 << 20];
        while (true)
        {
            int count = found.ReadAtLeast(right, right.Length, throwOnEndOfStream: false);
            if (count == 0)
                return;
            left.AsSpan().Clear();
            _ = expected.ReadAtLeast(left.AsSpan(0, count), count, throwOnEndOfStream: false);
            Assert.True(left.AsSpan(0, count).SequenceEqual(right.AsSpan(0, count)), $"bytes before {found.Position} differ");
        }
    }
}
