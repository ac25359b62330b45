using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Assembly.Tests.Containers;

/// <summary>The registry of the distribution project (Debian's docker-registry) on loopback with TLS and a login, pushed to with skopeo. Stopped by its own id.</summary>
internal sealed class DockerRegistry : IAsyncDisposable
{
    public const string User = "puller";
    public const string Password = "geheim";

    /// <summary>bcrypt of <see cref="Password"/>, made by libxcrypt's crypt(3); the registry takes nothing else.</summary>
    private const string PasswordHash = "$2b$04$MDqqppseASSLhj7Iw/D6SeLeYHtJ9RwjJGbcxiW8KltybHtMq3si6";

    private readonly TestAuthority authority = new();
    private readonly TemporaryFolder folder = new();
    private readonly StringBuilder log = new();
    private Process? process;

    public string Host { get; private set; } = "";

    /// <summary>Certificate of the authority that signed the registry's, PEM.</summary>
    public string AuthorityPem => authority.Root.ExportCertificatePem();

    public static async Task<DockerRegistry> StartAsync()
    {
        string program = Tool.Find("docker-registry")!;
        DockerRegistry registry = new();
        try
        {
            await registry.StartAsync(program);
            return registry;
        }
        catch
        {
            await registry.DisposeAsync();
            throw;
        }
    }

    /// <param name="layout">An OCI image layout.</param>
    /// <param name="name">Repository and tag.</param>
    /// <param name="more">Further options of skopeo copy.</param>
    public void Push(string layout, string name, params string[] more)
    {
        (int exitCode, _, string errors) = Tool.Run(
            Tool.Find("skopeo")!,
            ["copy", "--quiet", "--insecure-policy", "--dest-cert-dir", folder["certs"], "--dest-authfile", folder["auth.json"], .. more, $"oci:{layout}", $"docker://{Host}/{name}"]);
        Assert.True(exitCode == 0, errors + log);
    }

    /// <summary>The files in which the registry keeps the content of blobs.</summary>
    public IEnumerable<string> StoredBlobs() => Directory.EnumerateFiles(folder["storage"], "data", SearchOption.AllDirectories);

    public static string AuthFile(string host, string password) =>
        $$"""{ "auths": { "{{host}}": { "auth": "{{Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{password}"))}}" } } }""";

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        folder.Dispose();
        authority.Dispose();
    }

    private async Task StartAsync(string program)
    {
        string port = FreePort().ToString(CultureInfo.InvariantCulture);
        Host = "127.0.0.1:" + port;
        folder.Write("certs/ca.crt", AuthorityPem);
        folder.Write("auth.json", AuthFile(Host, Password));
        folder.Write("server.crt", authority.Server.ExportCertificatePem());
        folder.Write("server.key", authority.ServerKeyPem);
        folder.Write("users", $"{User}:{PasswordHash}\n");
        string configuration = folder.Write(
            "config.yml",
            $$"""
            version: 0.1
            log: { level: warn }
            storage: { filesystem: { rootdirectory: "{{folder["storage"]}}" } }
            http: { addr: "{{Host}}", tls: { certificate: "{{folder["server.crt"]}}", key: "{{folder["server.key"]}}" } }
            auth: { htpasswd: { realm: registry, path: "{{folder["users"]}}" } }
            """);
        ProcessStartInfo start = new(program, ["serve", configuration]) { RedirectStandardOutput = true, RedirectStandardError = true };
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => log.AppendLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await UntilReadyAsync(process);
    }

    private async Task UntilReadyAsync(Process running)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPEndPoint.Parse(Host));
                return;
            }
            catch (SocketException) when (attempt < 300)
            {
                Assert.False(running.HasExited, $"docker-registry ended: {log}");
                await Task.Delay(100);
            }
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
