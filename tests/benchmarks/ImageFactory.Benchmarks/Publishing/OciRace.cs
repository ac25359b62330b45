using System.Net.Http.Headers;
using System.Security.Cryptography;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing;
using ImageFactory.Publishing.Running;
using ImageFactory.Registry;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Benchmarks.Publishing;

/// <summary>Debian's docker-registry over TLS with a login. The bare loop sends the data as one blob in pieces of the publisher's size, one after another as the protocol demands, and knows its digest.</summary>
internal sealed class OciRace : IRace
{
    private RealRegistry? registry;

    public int Piece => 4 << 20;

    public async Task<string[]> OpenAsync()
    {
        registry = await RealRegistry.StartAsync(CancellationToken.None);
        return [registry.Host, registry.AuthFile, registry.CertificateFolder];
    }

    public async Task ForgetAsync()
    {
        await registry!.DisposeAsync();
        registry = null;
    }

    public async Task BareAsync(IReadOnlyList<(long Offset, byte[] Content)> pieces, string folder, string[] service)
    {
        const int Chunk = 64 << 20;
        using SocketsHttpHandler handler = new() { UseProxy = false, SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null } };
        using HttpClient http = new(handler);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("pusher:geheim"u8));
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using HttpResponseMessage begun = await http.PostAsync(new Uri($"https://{service[0]}/v2/bare/blobs/uploads/"), null);
        Uri at = begun.EnsureSuccessStatusCode().Headers.Location!;
        foreach ((long Offset, byte[] Content)[] chunk in pieces.Chunk(Chunk / Piece))
        {
            using HttpRequestMessage request = new(HttpMethod.Patch, at) { Content = new PiecesContent(chunk) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            using HttpResponseMessage answer = await http.SendAsync(request);
            at = answer.EnsureSuccessStatusCode().Headers.Location!;
            foreach ((long _, byte[] content) in chunk)
                hash.AppendData(content);
        }

        using HttpResponseMessage done = await http.PutAsync(new Uri($"{at.AbsoluteUri}&digest=sha256:{Convert.ToHexStringLower(hash.GetHashAndReset())}"), new ByteArrayContent([]));
        done.EnsureSuccessStatusCode();
    }

    public PreparedDestination Destination(string folder, string[] service)
    {
        DestinationSetting setting = DestinationCall.Setting(new OciImageDestination { Image = $"{service[0]}/org/podvm:v1" }, new Dictionary<string, string>());
        setting = setting with { Surroundings = setting.Surroundings with { Registries = new RegistrySettings { AuthFiles = [service[1]], CertificateFolders = [service[2]] } } };
        return new PreparedDestination("it", setting, PublisherKinds.Of(setting.Destination).Create(setting));
    }

    public async ValueTask DisposeAsync()
    {
        if (registry is not null)
            await registry.DisposeAsync();
    }

    private sealed class PiecesContent((long Offset, byte[] Content)[] pieces) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            foreach ((long _, byte[] content) in pieces)
                await stream.WriteAsync(content);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = pieces.Sum(p => (long)p.Content.Length);
            return true;
        }
    }
}
