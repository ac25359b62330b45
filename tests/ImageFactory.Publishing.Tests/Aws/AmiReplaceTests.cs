using System.Text;
using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Aws;

/// <summary>A new image takes the name of a former one, in two regions.</summary>
public sealed class AmiReplaceTests : AmiTests
{
    private static readonly AmiDestination Replacing = Everything with { Name = "golden", Replace = true };

    [Theory]
    [InlineData(nameof(FaultKind.Denied))]
    [InlineData(nameof(FaultKind.Dead))]
    public async Task Whatever_request_fails_each_region_has_an_image_or_its_loss_is_told(string kindName)
    {
        FaultKind kind = Enum.Parse<FaultKind>(kindName);
        StringBuilder matrix = new();
        for (int at = 1; ; at++)
        {
            await using AwsPlace place = await AwsPlace.StartAsync();
            place.Asked = Replacing;
            await PublishedAsync(place, Disk(1), "former");
            Dictionary<string, string> former = place.Fake.Images.ToDictionary(i => i.Region, i => i.Id);
            place.Fake.Faults.Reset();
            place.Fake.Faults.Kind = kind;
            place.Fake.Faults.At = at;

            DestinationResult failed = await PublishAsync(place, Disk(2), "next");
            if (place.Fake.Faults.Requests < at)
                break;
            place.Fake.Faults.At = 0;
            Dictionary<string, string> there = Available(place).ToDictionary(i => i.Region, i => former.ContainsValue(i.Id) ? "former" : "next");

            Fault[] warnings = [.. place.Events.All.OfType<Pipeline.Faulted>().Select(f => f.Fault).Where(f => f.Code == "IFU115")];
            matrix.Append($"{at,3} {kind,-6} {(failed.Succeeded ? "published" : string.Join(',', failed.Faults.Concat(warnings).Select(f => f.Code)))} {string.Join(", ", there.OrderBy(t => t.Key))}\n");
            string told = $"{matrix}{string.Join('\n', failed.Faults.Concat(warnings))}";
            foreach ((string region, string id) in former)
            {
                if (!there.ContainsKey(region))
                    Assert.True(failed.Faults.Any(f => f.Code == "IFU114" && f.Message.Contains(id, StringComparison.Ordinal)), $"the loss of {id} in {region} is not told\n{told}");
                if (!failed.Succeeded && there.GetValueOrDefault(region) == "next")
                    Assert.True(warnings.Any(w => w.Message.Contains(region, StringComparison.Ordinal)) || failed.Faults.Any(f => f.Code == "IFU105"), $"that {region} has the next is not told\n{told}");
            }

            DestinationResult again = await PublishAsync(place, Disk(2), "next");
            Assert.True(again.Succeeded, $"{told}\n{string.Join('\n', again.Faults)}");
            Assert.Equal(["eu-central-1", "us-east-1"], Available(place).Where(i => !former.ContainsValue(i.Id)).Select(i => i.Region).Order());
            Assert.Equal(2, Available(place).Count());
        }

        Assert.InRange(matrix.ToString().Count(c => c == '\n'), 15, 120);
        TestContext.Current.TestOutputHelper!.WriteLine(matrix.ToString());
    }

    /// <summary>The snapshots of the former image are kept as long as it could be made from them again.</summary>
    [Fact]
    public async Task What_is_left_of_a_former_image_is_collected_when_it_is_old()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = Replacing with { CopyTo = [] };
        await PublishedAsync(place, Disk(1), "former");
        FakeSnapshot left = Assert.Single(place.Fake.Snapshots);
        place.Fake.Forbidden.Add("RegisterImage");
        DestinationResult failed = await PublishAsync(place, Disk(2), "next");
        place.Fake.Forbidden.Clear();

        RemovalResult young = await CollectAsync(place);
        int kept = place.Fake.Snapshots.Count;
        left.Started = DateTimeOffset.UtcNow.AddHours(-5);
        await PublishedAsync(place, Disk(2), "next");
        RemovalResult old = await CollectAsync(place);

        Assert.Equal("IFU114", failed.Faults[0].Code);
        Assert.Empty(young.Objects);
        Assert.Equal(1, kept);
        Assert.Equal([$"eu-central-1 {left.Id}"], old.Objects.Select(o => o.Object.Id));
        Assert.Single(place.Fake.Snapshots);
        Assert.Single(Available(place));
    }

    private static IEnumerable<FakeImage> Available(AwsPlace place) => place.Fake.Images.Where(i => i.State == "available");

    private string Disk(int seed) => SparseDisk.Make(Scratch[$"disk{seed}"], 3 << 20, 3, seed);

    private async Task<RemovalResult> CollectAsync(AwsPlace place)
    {
        await using PreparedDestination destination = place.Destination("tester");
        return await new PublishRun(Scratch["journals"], place.Events, TimeProvider.System).CollectAsync([destination], remove: true, Never);
    }
}
