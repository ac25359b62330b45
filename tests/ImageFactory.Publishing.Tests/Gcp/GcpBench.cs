using System.Text.Json.Nodes;
using ImageFactory.Images.Tests;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Contract;
using ImageFactory.Publishing.Tests.Support;
using ImageFactory.Publishing.Tests.Support.Http;

namespace ImageFactory.Publishing.Tests.Gcp;

/// <summary>A fake Google with a bucket, and destinations on it.</summary>
internal sealed class GcpBench(FakeGoogle google) : IPlace
{
    public const string Bucket = "staging-bucket";

    private readonly ScratchFolder scratch = new();

    public FakeGoogle Google => google;

    public GcpImageDestination Asked { get; set; } = new() { Project = FakeGoogle.Project, Bucket = Bucket };

    public Events Events { get; } = new();

    public List<string> Concealed { get; } = [];

    public string Folder => scratch.Path;

    public string this[string name] => scratch[name];

    public Dictionary<string, string> Environment { get; } = new()
    {
        ["GCP_CREDENTIALS"] = google.KeyFile,
        ["CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE"] = new Uri(google.Server.Address, "/storage/v1/").AbsoluteUri,
        ["CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE"] = new Uri(google.Server.Address, "/compute/v1/").AbsoluteUri,
        ["CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER"] = google.Server.Address.AbsoluteUri,
    };

    public static async Task<GcpBench> StartAsync()
    {
        GcpBench bench = new(await FakeGoogle.StartAsync());
        bench.Google.Storage.Buckets[Bucket] = new FakeBucket(new JsonObject { ["name"] = Bucket });
        return bench;
    }

    public PreparedDestination Destination(string owner) => Destination(owner, FakeServer.Trusting);

    public PreparedDestination Destination(string owner, Func<HttpMessageHandler> transport)
    {
        GcpImageDestination destination = Asked with { Owner = owner };
        PublishSurroundings surroundings = Samples.Surroundings(Environment, Events) with
        {
            Time = new FastTime(),
            Transport = transport,
            Conceal = s =>
            {
                lock (Concealed)
                    Concealed.Add(s.Reveal());
            },
        };
        DestinationSetting setting = Samples.Setting(destination, surroundings);
        return new PreparedDestination("gcp", setting, PublisherKinds.Of(destination).Create(setting));
    }

    public async Task<DestinationResult> PublishAsync(PublishableImage image, Func<HttpMessageHandler>? transport = null)
    {
        await using PreparedDestination destination = Destination("tester", transport ?? FakeServer.Trusting);
        return Assert.Single(await new PublishRun(scratch["journals"], Events, TimeProvider.System).PublishAsync([destination], image, stopAtFirst: false, TestContext.Current.CancellationToken));
    }

    public byte[] ArchiveOf(string name) => google.Compute.Images[name].Archive;

    /// <summary>GNU tar, which is not ours, takes the disk out of the archive.</summary>
    public async Task ReadBackAsync(Publication publication, string file)
    {
        await File.WriteAllBytesAsync(scratch["archive"], ArchiveOf(publication.Id));
        Tool.Run("tar", "--extract", "--gzip", "--file", scratch["archive"], "--directory", scratch.Path, "disk.raw");
        File.Move(scratch["disk.raw"], file, overwrite: true);
    }

    public IReadOnlyList<string> Everything() => google.Everything;

    public async ValueTask DisposeAsync()
    {
        await google.DisposeAsync();
        scratch.Dispose();
    }
}
