using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Signing;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Aws;

namespace ImageFactory.Benchmarks.Publishing;

/// <summary>EBS direct, to the tests' service, which verifies signature and checksum of every block (three digests over each). The bare loop signs and hashes too: nothing else is taken.</summary>
internal sealed class AmiRace : IRace
{
    private const string Region = "eu-central-1";
    private AwsFake? fake;

    public int Piece => 512 << 10;

    public async Task<string[]> OpenAsync()
    {
        fake = await AwsFake.StartAsync();
        fake.Lag = 0;
        return [fake.Address];
    }

    public async Task ForgetAsync()
    {
        await fake!.DisposeAsync();
        fake = null;
        GC.Collect();
    }

    public async Task BareAsync(IReadOnlyList<(long Offset, byte[] Content)> pieces, string folder, string[] service)
    {
        using SigV4SigningHandler signer = new(new BasicAWSCredentials(AwsFake.KeyId, AwsFake.SecretKey), RegionEndpoint.GetBySystemName(Region), "ebs", new SocketsHttpHandler());
        using HttpClient http = new(signer) { BaseAddress = new Uri(service[0]) };
        using StringContent start = new("""{"VolumeSize":64,"ClientToken":"bare","Description":"","Tags":[],"Timeout":60}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage started = await http.PostAsync(new Uri("/snapshots", UriKind.Relative), start);
        using JsonDocument body = JsonDocument.Parse(await started.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
        string id = body.RootElement.GetProperty("SnapshotId").GetString()!;
        await Parallel.ForEachAsync(pieces, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (piece, token) =>
        {
            byte[] block = piece.Content;
            byte[] digest = SHA256.HashData(block);
            using HttpRequestMessage request = new(HttpMethod.Put, new Uri(string.Create(CultureInfo.InvariantCulture, $"/snapshots/{id}/blocks/{piece.Offset / Piece}"), UriKind.Relative)) { Content = new ByteArrayContent(block) };
            request.Headers.Add("x-amz-Checksum", Convert.ToBase64String(digest));
            request.Headers.Add("x-amz-Checksum-Algorithm", "SHA256");
            request.Headers.Add("x-amz-Data-Length", "524288");
            request.Headers.Add("x-amz-content-sha256", Convert.ToHexStringLower(digest));
            using HttpResponseMessage answer = await http.SendAsync(request, token);
            answer.EnsureSuccessStatusCode();
        });
    }

    public PreparedDestination Destination(string folder, string[] service)
    {
        DestinationSetting setting = DestinationCall.Setting(
            new AmiDestination { Region = Region },
            new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = AwsFake.KeyId, ["AWS_SECRET_ACCESS_KEY"] = AwsFake.SecretKey, ["AWS_ENDPOINT_URL"] = service[0] });
        return new PreparedDestination("it", setting, PublisherKinds.Of(setting.Destination).Create(setting));
    }

    public async ValueTask DisposeAsync()
    {
        if (fake is not null)
            await fake.DisposeAsync();
    }
}
