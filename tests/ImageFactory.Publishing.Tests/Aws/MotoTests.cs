using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Aws;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Aws;

/// <summary>The whole publish to a stand-in of AWS that is not ours.</summary>
[Trait("needs", "moto")]
public sealed class MotoTests : IDisposable
{
    private const string Region = "eu-central-1";
    private const int Block = 512 << 10;

    private readonly ScratchFolder scratch = new();

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public void Dispose() => scratch.Dispose();

    [Fact]
    public async Task An_image_is_made_found_again_read_back_and_removed()
    {
        Require();
        await using Moto moto = await Moto.StartAsync(Never);
        string disk = SparseDisk.Make(scratch["disk"], (40L << 20) + 512, 5, 7);

        DestinationResult first = await PublishAsync(moto, disk);
        DestinationResult second = await PublishAsync(moto, disk);

        Assert.True(first.Succeeded, string.Join('\n', first.Faults));
        Assert.True(second.Succeeded, string.Join('\n', second.Faults));
        Assert.Equal(first.Publication!.Id, second.Publication!.Id);
        using (AwsClient aws = await AwsClient.OpenAsync(Region, Surroundings(moto), "test"))
        {
            // moto shows an image on a snapshot that it makes up; ours is the one with our tags.
            XElement snapshot = Assert.Single(await ItemsAsync(aws, "DescribeSnapshots", "snapshotSet"), s => ImageTag(s) is not null);
            Assert.Equal(await File.ReadAllBytesAsync(disk, Never), await ReadAsync(aws, (string)snapshot.Element("snapshotId")!, (40 << 20) + 512));
            XElement image = Assert.Single(await ItemsAsync(aws, "DescribeImages", "imagesSet"));
            Assert.Equal(first.Publication.Id, (string?)image.Element("imageId"));
            Assert.Equal(Sha256.Of("image").Hex, ImageTag(image));
        }

        await using PreparedDestination destination = Destination(moto);
        RemovalResult removed = await PublishRun.UnpublishAsync([destination], Sha256.Of("image"), force: false, Never);

        Assert.Empty(removed.Faults);
        using AwsClient after = await AwsClient.OpenAsync(Region, Surroundings(moto), "test");
        Assert.Empty(await ItemsAsync(after, "DescribeImages", "imagesSet"));
    }

    private static string? ImageTag(XElement item) =>
        (string?)item.Element("tagSet")?.Elements("item").FirstOrDefault(t => (string?)t.Element("key") == "imagefactory-image")?.Element("value");

    private static async Task<IReadOnlyList<XElement>> ItemsAsync(AwsClient aws, string action, string set)
    {
        XElement answer = await aws.Ec2Async(Region, action, [new("Owner.1", "self")], Never);
        return [.. answer.Descendants(set).Elements("item")];
    }

    private static async Task<byte[]> ReadAsync(AwsClient aws, string snapshot, int length)
    {
        byte[] content = new byte[(length + Block - 1) / Block * Block];
        using HttpRequestMessage list = new(HttpMethod.Get, (Uri?)null);
        using HttpResponseMessage listed = await aws.EbsAsync("ListSnapshotBlocks", list, $"/snapshots/{snapshot}/blocks", Never);
        using JsonDocument blocks = JsonDocument.Parse(await listed.Content.ReadAsStringAsync(Never));
        Assert.True(blocks.RootElement.GetProperty("Blocks").GetArrayLength() > 0, blocks.RootElement.GetRawText() + snapshot);
        foreach (JsonElement block in blocks.RootElement.GetProperty("Blocks").EnumerateArray())
        {
            JsonElement number = block.GetProperty("BlockIndex");
            int index = number.ValueKind == JsonValueKind.Number ? number.GetInt32() : int.Parse(number.GetString()!, CultureInfo.InvariantCulture);
            using HttpRequestMessage get = new(HttpMethod.Get, (Uri?)null);
            using HttpResponseMessage got = await aws.EbsAsync("GetSnapshotBlock", get, $"/snapshots/{snapshot}/blocks/{index}?blockToken={Uri.EscapeDataString(block.GetProperty("BlockToken").GetString()!)}", Never);
            byte[] data = await got.Content.ReadAsByteArrayAsync(Never);
            Assert.Equal(Block, data.Length);
            data.CopyTo(content, index * Block);
        }

        return content[..length];
    }

    private async Task<DestinationResult> PublishAsync(Moto moto, string disk)
    {
        await using PreparedDestination destination = Destination(moto);
        return Assert.Single(await new PublishRun(scratch["journals"], new Events(), TimeProvider.System).PublishAsync([destination], Samples.Image(disk), stopAtFirst: false, Never));
    }

    private static PreparedDestination Destination(Moto moto)
    {
        AmiDestination destination = new() { Region = Region, Owner = "tester", Accounts = ["210987654321"] };
        DestinationSetting setting = Samples.Setting(destination, Surroundings(moto));
        return new PreparedDestination("ami", setting, PublisherKinds.Of(destination).Create(setting));
    }

    private static PublishSurroundings Surroundings(Moto moto) => Samples.Surroundings(new Dictionary<string, string>
    {
        ["AWS_ACCESS_KEY_ID"] = "AKIAIOSFODNN7EXAMPLE",
        ["AWS_SECRET_ACCESS_KEY"] = "anything",
        ["AWS_ENDPOINT_URL"] = moto.Address,
    }) with
    { Time = new FastTime(), Transport = () => new TagKeeper() };

    /// <summary>In CI it must be there; elsewhere the test is skipped, and says so.</summary>
    private static void Require()
    {
        if (Moto.Missing is not { } reason)
            return;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(reason);
        Assert.Skip(reason);
    }

    /// <summary>moto keeps name and description of an image that is registered and drops its tags: they are sent again by a call that it knows.</summary>
    private sealed class TagKeeper() : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false })
    {
        private const string Tag = "TagSpecification.1.";

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string form = request.Method == HttpMethod.Post && request.Content is { } content ? await content.ReadAsStringAsync(cancellationToken) : "";
            HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
            if (!form.Contains("Action=RegisterImage", StringComparison.Ordinal) || !answer.IsSuccessStatusCode)
                return answer;
            string id = XElement.Parse(await answer.Content.ReadAsStringAsync(cancellationToken)).Elements().Single(e => e.Name.LocalName == "imageId").Value;
            IEnumerable<string> tags = form.Split('&').Where(f => f.StartsWith(Tag + "Tag.", StringComparison.Ordinal)).Select(f => f[Tag.Length..]);
            using HttpRequestMessage again = new(HttpMethod.Post, request.RequestUri)
            {
                Content = new StringContent($"Action=CreateTags&Version=2016-11-15&ResourceId.1={id}&{string.Join('&', tags)}", null, "application/x-www-form-urlencoded"),
            };
            again.Headers.TryAddWithoutValidation("Authorization", request.Headers.GetValues("Authorization"));
            using HttpResponseMessage tagged = await base.SendAsync(again, cancellationToken);
            tagged.EnsureSuccessStatusCode();
            return answer;
        }
    }
}
