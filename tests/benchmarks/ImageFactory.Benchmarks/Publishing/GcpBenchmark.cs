using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gcp;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Testing;

namespace ImageFactory.Benchmarks.Publishing;

/// <summary>
/// <c>gcp</c>: the archive against pigz on the data ranges alone, each as a whole process; then a whole publish to a service on loopback that takes everything, against a bare
/// loop of the same upload with the archive already in memory. 304 MiB of data in 1, 8 and 64 GiB.
/// </summary>
internal sealed class GcpBenchmark : IDisposable
{
    private const int Runs = 3;
    private const int Chunk = 16 << 20;

    private readonly HttpListener listener = new();
    private readonly Dictionary<string, JsonObject> images = [];
    private uint crc;
    private long stored;

    private GcpBenchmark(int port)
    {
        Address = $"http://127.0.0.1:{port}/";
        listener.Prefixes.Add(Address);
        listener.Start();
        _ = ServeAsync();
    }

    private string Address { get; }

    public static async Task RunAsync()
    {
        string folder = Directory.CreateTempSubdirectory("gcp-benchmark-").FullName;
        using GcpBenchmark service = new(FreePort.Find());
        using RSA key = RSA.Create(2048);
        Dictionary<string, string> environment = new()
        {
            ["GCP_CREDENTIALS"] = new JsonObject
            {
                ["type"] = "service_account",
                ["project_id"] = "benchmark-project",
                ["private_key"] = key.ExportPkcs8PrivateKeyPem(),
                ["client_email"] = "a@b.example",
                ["token_uri"] = service.Address + "token",
            }.ToJsonString(),
        };
        foreach (string api in (string[])["STORAGE", "COMPUTE", "CLOUDRESOURCEMANAGER"])
            environment["CLOUDSDK_API_ENDPOINT_OVERRIDES_" + api] = service.Address;
        try
        {
            foreach (long gibibytes in (long[])[1, 8, 64])
            {
                string disk = Path.Combine(folder, "disk");
                string data = Path.Combine(folder, "data");
                DestinationCall.WriteDisk(disk, gibibytes << 30, 304L << 20);
                CopyData(disk, data);
                byte[] archive = [];
                List<double> ratios = [];
                for (int run = 0; run <= Runs; run++)
                {
                    double pigz = DestinationCall.Time("pigz", "--stdout", data);
                    double once = DestinationCall.Time(Environment.ProcessPath!, "gcp-once", disk);
                    (double pack, archive) = await PackAsync(disk);
                    double bare = await service.BareAsync(archive);
                    archive = [];
                    (double whole, long sent) = await DestinationCall.PublishAsync(
                        new GcpImageDestination { Project = "benchmark-project", Bucket = "bucket" }, disk, environment, Path.Combine(folder, "journals"));
                    if (run > 0)
                    {
                        ratios.Add(once / pigz);
                        Console.WriteLine(DestinationCall.Line(
                            $"{gibibytes,2} GiB: pigz {pigz:0.00} s, archive {once:0.00} s, ratio {once / pigz:0.00}; bare loop {bare:0.00} s, whole publish {whole:0.00} s, {sent >> 20} MiB sent, whole / (archive + bare) {whole / (pack + bare):0.00}"));
                    }
                }

                Console.WriteLine(DestinationCall.Line($"{gibibytes,2} GiB, median: archive / pigz {ratios.Order().ElementAt(Runs / 2):0.00}, {DestinationCall.Output(Environment.ProcessPath!, "gcp-once", disk)}"));
                File.Delete(disk);
                File.Delete(data);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One archive to nowhere, in a process of its own; says how much memory that took.</summary>
    public static async Task PackOnceAsync(string disk)
    {
        using IExtentSource source = DiskImage.Open(disk);
        await GcpArchive.WriteAsync(source, Stream.Null, CompressionLevel.Optimal, Environment.ProcessorCount, null, CancellationToken.None);
        Console.WriteLine(DestinationCall.PeakMemory());
    }

    public void Dispose() => listener.Close();

    private static void CopyData(string disk, string data)
    {
        using IExtentSource source = DiskImage.Open(disk);
        using FileStream target = File.Create(data);
        byte[] buffer = new byte[1 << 20];
        foreach (Extent extent in source.Extents().Where(e => e.Kind == ExtentKind.Data))
        {
            for (long at = extent.Offset; at < extent.End;)
            {
                int count = (int)Math.Min(buffer.Length, extent.End - at);
                source.Read(at, buffer.AsSpan(0, count));
                target.Write(buffer, 0, count);
                at += count;
            }
        }
    }

    private static async Task<(double Seconds, byte[] Archive)> PackAsync(string disk)
    {
        using IExtentSource source = DiskImage.Open(disk);
        using MemoryStream target = new(400 << 20);
        Stopwatch watch = Stopwatch.StartNew();
        await GcpArchive.WriteAsync(source, target, CompressionLevel.Optimal, Environment.ProcessorCount, null, CancellationToken.None);
        return (watch.Elapsed.TotalSeconds, target.ToArray());
    }

    /// <summary>The same chunks one after another, as the protocol demands.</summary>
    private async Task<double> BareAsync(byte[] archive)
    {
        using HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
        Stopwatch watch = Stopwatch.StartNew();
        crc = uint.MaxValue;
        stored = 0;
        for (int at = 0; at < archive.Length; at += Chunk)
        {
            int count = Math.Min(Chunk, archive.Length - at);
            using ByteArrayContent content = new(archive, at, count);
            content.Headers.ContentRange = new ContentRangeHeaderValue(at, at + count - 1, archive.Length);
            using HttpResponseMessage answer = await http.PutAsync(new Uri(Address + "session"), content);
        }

        return watch.Elapsed.TotalSeconds;
    }

    private async Task ServeAsync()
    {
        byte[] buffer = new byte[1 << 20];
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            string path = context.Request.Url!.AbsolutePath;
            string method = context.Request.HttpMethod;
            using MemoryStream body = new();
            bool isChunk = path == "/session";
            int read;
            while ((read = await context.Request.InputStream.ReadAsync(buffer)) > 0)
            {
                if (isChunk)
                    Take(buffer.AsSpan(0, read));
                else
                    body.Write(buffer, 0, read);
            }

            Answer(context, path, method, body.ToArray());
        }
    }

    private void Answer(HttpListenerContext context, string path, string method, byte[] body)
    {
        JsonObject json = [];
        int status = 200;
        string last = path[(path.LastIndexOf('/') + 1)..];
        switch (method, path)
        {
            case (_, "/token"):
                json = new JsonObject { ["access_token"] = "t", ["expires_in"] = 3600, ["token_type"] = "Bearer" };
                break;
            case ("POST", { } upload) when upload.StartsWith("/upload/", StringComparison.Ordinal):
                (crc, stored) = (uint.MaxValue, 0);
                context.Response.Headers["Location"] = Address + "session";
                break;
            case ("PUT", "/session"):
                string range = context.Request.Headers["Content-Range"]!;
                status = range.EndsWith("/*", StringComparison.Ordinal) || long.Parse(range[(range.IndexOf('/', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture) > stored ? 308 : 200;
                context.Response.Headers["Range"] = $"bytes=0-{stored - 1}";
                break;
            case ("GET", { } get) when get.Contains("/o/", StringComparison.Ordinal):
                json = new JsonObject { ["size"] = stored.ToString(CultureInfo.InvariantCulture), ["generation"] = "1", ["crc32c"] = Convert.ToBase64String(BitConverter.GetBytes(~crc).Reverse().ToArray()) };
                break;
            case ("POST", { } insert) when insert.EndsWith("/images", StringComparison.Ordinal):
                JsonObject image = JsonNode.Parse(body)!.AsObject();
                image["status"] = "READY";
                image["id"] = "1";
                images[(string)image["name"]!] = image;
                json = new JsonObject { ["name"] = "op", ["status"] = "DONE" };
                break;
            case ("GET", { } list) when list.EndsWith("/images", StringComparison.Ordinal):
                json = new JsonObject { ["items"] = new JsonArray([.. images.Values.Select(i => i.DeepClone())]) };
                break;
            case ("GET", { } one) when one.Contains("/images/", StringComparison.Ordinal):
                status = images.ContainsKey(last) ? 200 : 404;
                json = status == 200 ? (JsonObject)images[last].DeepClone() : [];
                break;
            case ("DELETE", { } delete) when delete.Contains("/images/", StringComparison.Ordinal):
                images.Remove(last);
                json = new JsonObject { ["name"] = "op", ["status"] = "DONE" };
                break;
        }

        context.Response.StatusCode = status;
        byte[] answer = System.Text.Encoding.UTF8.GetBytes(json.ToJsonString());
        context.Response.ContentType = "application/json";
        context.Response.Close(answer, willBlock: false);
    }

    /// <summary>A service that keeps sums, as the real one does.</summary>
    private void Take(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data);
        uint sum = crc;
        foreach (ulong word in words)
            sum = BitOperations.Crc32C(sum, word);
        foreach (byte one in data[(words.Length * sizeof(ulong))..])
            sum = BitOperations.Crc32C(sum, one);
        crc = sum;
        stored += data.Length;
    }
}
