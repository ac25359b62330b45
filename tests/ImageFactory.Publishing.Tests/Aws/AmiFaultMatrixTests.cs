using System.Text;
using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Aws;

public sealed class AmiFaultMatrixTests : AmiTests
{
    public static TheoryData<string> Kinds => [nameof(FaultKind.Error503), nameof(FaultKind.Throttled), nameof(FaultKind.ResetBefore), nameof(FaultKind.LostAnswer), nameof(FaultKind.Truncated), nameof(FaultKind.Slow), nameof(FaultKind.Denied), nameof(FaultKind.Dead)];

    /// <summary>
    /// A failure at every request of a publish in turn: the image is complete and right, or nothing is left; and the next run succeeds.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Whatever_request_fails_the_image_is_whole_or_nothing_is_left(string kindName) => MatrixAsync(kindName, Everything);

    /// <summary>The same for the way through a bucket, whose object is always removed.</summary>
    [Theory]
    [InlineData(nameof(FaultKind.LostAnswer))]
    [InlineData(nameof(FaultKind.Truncated))]
    [InlineData(nameof(FaultKind.Denied))]
    [InlineData(nameof(FaultKind.Dead))]
    public Task Whatever_request_of_an_import_fails_the_image_is_whole_or_nothing_is_left(string kindName) => MatrixAsync(kindName, Imported);

    private async Task MatrixAsync(string kindName, AmiDestination asked)
    {
        FaultKind kind = Enum.Parse<FaultKind>(kindName);
        string disk = SparseDisk.Make(Scratch["disk"], 3 << 20, 3, 1);
        int requests = await CountRequestsAsync(disk, asked);
        StringBuilder matrix = new();
        Assert.InRange(requests, 15, 80);
        for (int at = 1; at <= requests; at++)
        {
            await using AwsPlace place = await AwsPlace.StartAsync();
            place.Asked = asked;
            place.Fake.Faults.Kind = kind;
            place.Fake.Faults.At = at;

            DestinationResult first = await PublishAsync(place, disk, "image", $"journal-{at}");
            string request = place.Fake.Log.ElementAtOrDefault(at - 1) ?? "";
            int left = place.Everything().Count;
            place.Fake.Faults.At = 0;
            DestinationResult second = await PublishAsync(place, disk, "image", $"journal-{at}");

            matrix.Append($"{at,3} {kind,-12} {request,-40} {(first.Succeeded ? "published" : string.Join(',', first.Faults.Select(f => f.Code).Distinct()))} left {left}\n");
            string told = $"{matrix}\n{string.Join('\n', first.Faults.Concat(second.Faults))}";
            if (kind is not (FaultKind.Denied or FaultKind.Dead))
                Assert.True(first.Succeeded, told);
            if (!first.Succeeded && kind == FaultKind.Denied)
                Assert.True(left == 0 && first.Faults[0] is { Code: "IFU304", ExitCode: ExitCode.NotPermitted }, told);
            if (!first.Succeeded && kind == FaultKind.Dead)
                Assert.True(first.Faults[0] is { ExitCode: ExitCode.Unavailable }, told);
            Assert.True(second.Succeeded, told);
            Assert.True(place.Everything().Count == 4, $"{told}\n{string.Join((char)10, place.Everything())}\n{string.Join((char)10, place.Fake.Log)}");
            await place.ReadBackAsync(second.Publication!, Scratch["back"]);
            AssertSame(disk, Scratch["back"]);
        }

        TestContext.Current.TestOutputHelper!.WriteLine(matrix.ToString());
    }

    private async Task<int> CountRequestsAsync(string disk, AmiDestination asked)
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = asked;
        DestinationResult clean = await PublishAsync(place, disk, "image", "count");
        Assert.True(clean.Succeeded, string.Join('\n', clean.Faults));
        return place.Fake.Faults.Requests;
    }
}
