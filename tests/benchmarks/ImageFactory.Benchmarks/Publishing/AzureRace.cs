using System.Globalization;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing;
using ImageFactory.Publishing.Azure;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Azure;

namespace ImageFactory.Benchmarks.Publishing;

/// <summary>Pages to Azurite, the resource manager is the tests'. Its operations take no time, so none is waited for.</summary>
internal sealed class AzureRace : IRace
{
    private Azurite? azurite;
    private FakeArm? arm;
    private int count;

    public int Piece => 4 << 20;

    public async Task<string[]> OpenAsync()
    {
        azurite ??= await Azurite.StartAsync(reason => throw new InvalidOperationException(reason), CancellationToken.None);
        arm = await FakeArm.StartAsync(azurite);
        Uri blob = await azurite.CreateAsync($"bare{count++}", (64L << 30) + 512);
        return [arm.Server.Address.ToString(), blob.AbsoluteUri];
    }

    public async Task ForgetAsync()
    {
        await arm!.DisposeAsync();
        arm = null;
    }

    public async Task BareAsync(IReadOnlyList<(long Offset, byte[] Content)> pieces, string folder, string[] service)
    {
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
        Uri address = new(service[1] + "&comp=page");
        await Parallel.ForEachAsync(pieces, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (piece, token) =>
        {
            using HttpRequestMessage request = new(HttpMethod.Put, address) { Content = new ByteArrayContent(piece.Content) };
            request.Headers.Add("x-ms-version", "2023-11-03");
            request.Headers.Add("x-ms-page-write", "update");
            request.Headers.Add("x-ms-range", string.Create(CultureInfo.InvariantCulture, $"bytes={piece.Offset}-{piece.Offset + piece.Content.Length - 1}"));
            using HttpResponseMessage answer = await http.SendAsync(request, token);
            answer.EnsureSuccessStatusCode();
        });
    }

    public PreparedDestination Destination(string folder, string[] service)
    {
        DestinationSetting setting = DestinationCall.Setting(
            new AzureGalleryDestination
            {
                Subscription = FakeArm.Subscription,
                ResourceGroup = FakeArm.Group,
                Region = "westeurope",
                Gallery = "podvms",
                Definition = "coco",
                Version = "1.0.0",
            },
            new Dictionary<string, string> { ["AZURE_RESOURCE_MANAGER_ENDPOINT"] = service[0] });
        // Only the certificate of the service is of the benchmark: it is another process, so it is not compared.
        PublishSurroundings trusting = setting.Surroundings with
        {
            Transport = () => new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, MaxConnectionsPerServer = 256, SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null } },
        };
        setting = setting with { Surroundings = trusting };
        AzureTiming timing = AzureTiming.Default with { Poll = TimeSpan.FromMilliseconds(1) };
        return new PreparedDestination("it", setting, new AzureGalleryPublisher(setting, timing, _ => new FixedToken(FakeArm.Token)));
    }

    public async ValueTask DisposeAsync()
    {
        if (arm is not null)
            await arm.DisposeAsync();
        if (azurite is not null)
            await azurite.DisposeAsync();
    }
}
