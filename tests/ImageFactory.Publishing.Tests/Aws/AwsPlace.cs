using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Contract;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Aws;

internal sealed class AwsPlace(AwsFake fake) : IPlace
{
    public AwsFake Fake => fake;

    public AmiDestination Asked { get; set; } = new() { Region = "eu-central-1" };

    public Events Events { get; } = new();

    public static async Task<AwsPlace> StartAsync() => new(await AwsFake.StartAsync());

    public PreparedDestination Destination(string owner)
    {
        AmiDestination destination = Asked with { Owner = owner };
        PublishSurroundings surroundings = Samples.Surroundings(
            new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = AwsFake.KeyId, ["AWS_SECRET_ACCESS_KEY"] = AwsFake.SecretKey, ["AWS_ENDPOINT_URL"] = fake.Address },
            Events) with
        { Time = new FastTime() };
        DestinationSetting setting = Samples.Setting(destination, surroundings);
        return new PreparedDestination("ami", setting, PublisherKinds.Of(destination).Create(setting));
    }

    public async Task ReadBackAsync(Publication publication, string file)
    {
        FakeSnapshot snapshot = fake.Snapshots.Single(s => s.Id == publication.Objects["snapshot"]);
        await using FileStream target = File.Create(file);
        target.SetLength(snapshot.VolumeSize << 30);
        foreach ((int index, byte[] block) in snapshot.Blocks)
        {
            target.Position = (long)index * block.Length;
            await target.WriteAsync(block);
        }
    }

    public IReadOnlyList<string> Everything() => fake.Everything();

    public ValueTask DisposeAsync() => fake.DisposeAsync();
}
