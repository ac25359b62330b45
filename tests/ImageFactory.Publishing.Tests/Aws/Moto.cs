using System.Diagnostics;
using System.Globalization;
using ImageFactory.Testing;

namespace ImageFactory.Publishing.Tests.Aws;

/// <summary>
/// moto's server, AWS as others understand it: it reads the requests of botocore, so paths, the query protocol and the form of answers are theirs. It
/// checks no checksums and keeps little of an image. On loopback, started for a test, stopped by its own id.
/// </summary>
internal sealed class Moto : IAsyncDisposable
{
    private readonly Process process;
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false });

    private Moto(Process process, string address)
    {
        this.process = process;
        Address = address;
    }

    public string Address { get; }

    /// <summary>Why it cannot run here; null when it can.</summary>
    public static string? Missing => Program is null ? "moto_server is not there (package python3-moto)" : null;

    private static string? Program => new[] { Environment.GetEnvironmentVariable("FACTORY_TEST_PROGRAMS") ?? "/nonexistent", "/usr/bin" }
        .Select(f => Path.Combine(f, "moto_server")).FirstOrDefault(File.Exists);

    public static async Task<Moto> StartAsync(CancellationToken cancellation)
    {
        string port = FreePort.Find().ToString(CultureInfo.InvariantCulture);
        Process process = Process.Start(new ProcessStartInfo(Program!, ["-H", "127.0.0.1", "-p", port])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
            Environment = { ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false" },
        })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        Moto moto = new(process, $"http://127.0.0.1:{port}");
        await moto.UntilReadyAsync(cancellation);
        return moto;
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private async Task UntilReadyAsync(CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync(new Uri(Address + "/moto-api/"), cancellation);
                answer.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException) when (attempt < 300 && !process.HasExited)
            {
                await Task.Delay(200, cancellation);
            }
        }
    }
}
