using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ImageFactory.Testing;

namespace ImageFactory.Publishing.Tests.Azure;

/// <summary>
/// Azurite, the open-source stand-in for Azure's blob service, from npm: the pages of disks lie in a program that is not ours.
/// Installed once into the folder of compiled output, started for a test, stopped by its own id.
/// </summary>
internal sealed class Azurite : IPageStore, IAsyncDisposable
{
    private const string Version = "3.35.0";

    /// <summary>Account and key are the published ones of the emulator.</summary>
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private const string Container = "disks";

    private static readonly SemaphoreSlim Installing = new(1);

    private readonly Process process;
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly Uri account;

    private Azurite(Process process, int port)
    {
        this.process = process;
        account = new Uri($"http://127.0.0.1:{port}/{Account}/");
    }

    /// <param name="missing">Told why it cannot run here; does not return.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<Azurite> StartAsync(Action<string> missing, CancellationToken cancellation)
    {
        string program = await InstalledAsync(missing, cancellation);
        int port = FreePort.Find();
        ProcessStartInfo start = new("node", [program, "--silent", "--disableTelemetry", "--skipApiVersionCheck", "--inMemoryPersistence", "--blobHost", "127.0.0.1", "--blobPort", port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Azurite azurite = new(process, port);
        await azurite.UntilReadyAsync(cancellation);
        return azurite;
    }

    public async Task<Uri> CreateAsync(string name, long size)
    {
        using HttpRequestMessage request = Request(HttpMethod.Put, $"{Container}/{name}", "");
        request.Headers.Add("x-ms-blob-type", "PageBlob");
        request.Headers.Add("x-ms-blob-content-length", size.ToString(CultureInfo.InvariantCulture));
        await SendAsync(request);
        return new Uri(account, $"{Container}/{name}?{Signature("w", "o")}");
    }

    public async Task<byte[]> ReadAsync(string name)
    {
        using HttpRequestMessage request = Request(HttpMethod.Get, $"{Container}/{name}", "");
        using HttpResponseMessage answer = await client.SendAsync(request);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    public async Task<byte[]> ReadEndAsync(string name, long size, int count)
    {
        using HttpRequestMessage request = Request(HttpMethod.Get, $"{Container}/{name}", "");
        request.Headers.Range = new System.Net.Http.Headers.RangeHeaderValue(size - count, size - 1);
        using HttpResponseMessage answer = await client.SendAsync(request);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    /// <summary>The ranges that were written, as the service lists them.</summary>
    public async Task<string> PageListAsync(string name)
    {
        using HttpRequestMessage request = Request(HttpMethod.Get, $"{Container}/{name}", "comp=pagelist&");
        using HttpResponseMessage answer = await client.SendAsync(request);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static async Task<string> InstalledAsync(Action<string> missing, CancellationToken cancellation)
    {
        if (!((string[])["/usr/bin", "/usr/local/bin"]).Any(f => File.Exists(Path.Combine(f, "npm"))))
            missing("npm is not installed (packages nodejs and npm)");
        string folder = Path.Combine(AppContext.BaseDirectory, "azurite-" + Version);
        string program = Path.Combine(folder, "node_modules", "azurite", "dist", "src", "blob", "main.js");
        await Installing.WaitAsync(cancellation);
        try
        {
            if (File.Exists(Path.Combine(folder, "complete")))
                return program;
            using Process npm = Process.Start(new ProcessStartInfo("npm", ["install", "--prefix", folder, $"azurite@{Version}", "--no-audit", "--no-fund", "--ignore-scripts"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> output = npm.StandardOutput.ReadToEndAsync(cancellation);
            string errors = await npm.StandardError.ReadToEndAsync(cancellation);
            await npm.WaitForExitAsync(cancellation);
            if (npm.ExitCode != 0)
                missing($"npm could not install azurite {Version}:\n{await output}{errors}");
            await File.WriteAllTextAsync(Path.Combine(folder, "complete"), "", cancellation);
            return program;
        }
        finally
        {
            Installing.Release();
        }
    }

    private async Task UntilReadyAsync(CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using HttpRequestMessage request = Request(HttpMethod.Put, Container, "restype=container&");
                await SendAsync(request);
                return;
            }
            catch (HttpRequestException) when (attempt < 150 && !process.HasExited)
            {
                await Task.Delay(200, cancellation);
            }
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string query)
    {
        HttpRequestMessage request = new(method, new Uri(account, $"{path}?{query}{Signature("rwdlac", "sco")}")) { Content = method == HttpMethod.Put ? new ByteArrayContent([]) : null };
        request.Headers.Add("x-ms-version", "2023-11-03");
        return request;
    }

    private async Task SendAsync(HttpRequestMessage request)
    {
        using HttpResponseMessage answer = await client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>A shared access signature of the account: the lines of its string to sign as the service documents them.</summary>
    private static string Signature(string permissions, string types)
    {
        const string Service = "2019-12-12";
        const string End = "2099-01-01T00:00:00Z";
        string toSign = $"{Account}\n{permissions}\nb\n{types}\n\n{End}\n\n\n{Service}\n";
        string signature = Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(Key), Encoding.UTF8.GetBytes(toSign)));
        return $"sv={Service}&ss=b&srt={types}&sp={permissions}&se={Uri.EscapeDataString(End)}&sig={Uri.EscapeDataString(signature)}";
    }
}
