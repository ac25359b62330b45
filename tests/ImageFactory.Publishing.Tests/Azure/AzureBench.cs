using System.Text.Json.Nodes;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Azure;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;
using ImageFactory.Publishing.Tests.Support.Http;

namespace ImageFactory.Publishing.Tests.Azure;

/// <summary>A fake Azure, an image, and a destination for it.</summary>
internal sealed class AzureBench : IAsyncDisposable
{
    public const string Gallery = $"/subscriptions/{FakeArm.Subscription}/resourceGroups/{FakeArm.Group}/providers/Microsoft.Compute/galleries/podvms";
    public const string Definition = $"{Gallery}/images/coco";
    public const string Version = $"{Definition}/versions/1.0.0";

    private static readonly AzureTiming Timing = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1), 3, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(2), 8 << 20);

    private readonly ScratchFolder scratch = new();

    public required FakeArm Arm { get; init; }

    public Events Events { get; } = new();

    public List<string> Concealed { get; } = [];

    public string Folder => scratch.Path;

    public AzureGalleryDestination Destination { get; set; } = new()
    {
        Subscription = FakeArm.Subscription,
        ResourceGroup = FakeArm.Group,
        Region = "westeurope",
        Gallery = "podvms",
        Definition = "coco",
        Version = "1.0.0",
    };

    public static async Task<AzureBench> StartAsync(IPageStore? pages = null) => new() { Arm = await FakeArm.StartAsync(pages) };

    public AzureGalleryPublisher Publisher(Func<HttpMessageHandler>? transport = null) =>
        new(Samples.Setting(Destination, Surroundings(transport)), Timing, _ => new FixedToken(FakeArm.Token));

    public PreparedDestination Prepared(Func<HttpMessageHandler>? transport = null)
    {
        AzureGalleryPublisher publisher = Publisher(transport);
        return new PreparedDestination("azure", Samples.Setting(Destination, Surroundings(transport)), publisher);
    }

    /// <summary>A sparse raw file.</summary>
    public PublishableImage Image(long size, params (long Offset, byte[] Content)[] content)
    {
        string file = scratch["disk.raw"];
        using (FileStream stream = File.Create(file))
        {
            stream.SetLength(size);
            foreach ((long offset, byte[] bytes) in content)
            {
                stream.Position = offset;
                stream.Write(bytes);
            }
        }

        using FileStream all = File.OpenRead(file);
        return new PublishableImage(Samples.Description, file, new Model.Sha256(System.Security.Cryptography.SHA256.HashData(all)));
    }

    public static byte[] Noise(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public async Task<DestinationResult> PublishAsync(PublishableImage image, Func<HttpMessageHandler>? transport = null) =>
        Assert.Single(await new PublishRun(scratch["journals"], Events, TimeProvider.System).PublishAsync([Prepared(transport)], image, stopAtFirst: false, TestContext.Current.CancellationToken));

    /// <summary>A gallery and a definition that somebody made before.</summary>
    public void AddParents()
    {
        Arm.Add(Gallery, "Microsoft.Compute/galleries", []);
        Arm.Add(Definition, "Microsoft.Compute/galleries/images", new JsonObject
        {
            ["osType"] = "Linux",
            ["osState"] = "Generalized",
            ["hyperVGeneration"] = "V2",
            ["architecture"] = "x64",
            ["features"] = new JsonArray(new JsonObject { ["name"] = "SecurityType", ["value"] = "ConfidentialVmSupported" }),
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Arm.DisposeAsync();
        scratch.Dispose();
    }

    private PublishSurroundings Surroundings(Func<HttpMessageHandler>? transport) => Samples.Surroundings(
        new Dictionary<string, string> { ["AZURE_RESOURCE_MANAGER_ENDPOINT"] = Arm.Server.Address.ToString() }, Events) with
    {
        Transport = transport ?? FakeServer.Trusting,
        Conceal = s => Concealed.Add(s.Reveal()),
    };
}
