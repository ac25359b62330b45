using System.Diagnostics;
using System.Globalization;

namespace ImageFactory.Testing.Registry;

/// <summary>
/// Debian's docker-registry on loopback with TLS and a login, in a folder of its own; stopped by its own id. It deletes manifests, and keeps no
/// lists of referrers (2.8).
/// </summary>
public sealed class RealRegistry : IAsyncDisposable
{
    public const string User = "pusher";
    public const string Password = "geheim";

    /// <summary>bcrypt of the password, by crypt(3).</summary>
    private const string Htpasswd = User + ":$2y$05$abcdefghijklmnopqrstuuVWu8RjbNovPZWAMRdd7iqaaG0mI53Uu\n";

    private readonly Process process;
    private readonly TestAuthority authority;

    private RealRegistry(Process process, TestAuthority authority, string folder, string host)
    {
        this.process = process;
        this.authority = authority;
        Folder = folder;
        Host = host;
    }

    public string Host { get; }

    public string Folder { get; }

    /// <summary>Folder with a folder for the host: its authority.</summary>
    public string CertificateFolder => Path.Combine(Folder, "certs.d");

    /// <summary>As podman login writes it.</summary>
    public string AuthFile => Path.Combine(Folder, "auth.json");

    /// <summary>Why it cannot run here; null when it can.</summary>
    public static string? Missing => Program is null ? "docker-registry is not there" : null;

    /// <summary>That of <c>./build.sh --target Test</c>, or an installed one.</summary>
    private static string? Program => new[] { Environment.GetEnvironmentVariable("FACTORY_TEST_PROGRAMS") ?? "/nonexistent", "/usr/bin" }
        .Select(f => Path.Combine(f, "docker-registry")).FirstOrDefault(File.Exists);

    public static async Task<RealRegistry> StartAsync(CancellationToken cancellation)
    {
        string folder = Directory.CreateTempSubdirectory("docker-registry-").FullName;
        TestAuthority authority = new();
        string host = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePort.Find()}");
        await File.WriteAllTextAsync(Path.Combine(folder, "htpasswd"), Htpasswd, cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder, "server.crt"), authority.Server.ExportCertificatePem(), cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder, "server.key"), authority.ServerKeyPem, cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder, "auth.json"), $$$$"""{"auths":{"{{{{host}}}}":{"auth":"{{{{Convert.ToBase64String("pusher:geheim"u8)}}}}"}}}""", cancellation);
        Directory.CreateDirectory(Path.Combine(folder, "certs.d", host));
        await File.WriteAllTextAsync(Path.Combine(folder, "certs.d", host, "ca.crt"), authority.Root.ExportCertificatePem(), cancellation);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "config.yml"),
            $$"""
            version: 0.1
            log: { level: error, accesslog: { disabled: true } }
            storage: { filesystem: { rootdirectory: {{folder}}/data }, delete: { enabled: true } }
            http: { addr: "{{host}}", secret: of-one-test, tls: { certificate: {{folder}}/server.crt, key: {{folder}}/server.key } }
            auth: { htpasswd: { realm: test, path: {{folder}}/htpasswd } }
            """,
            cancellation);
        Process process = Process.Start(new ProcessStartInfo(Program!, ["serve", Path.Combine(folder, "config.yml")]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = folder })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        RealRegistry registry = new(process, authority, folder, host);
        await registry.UntilReadyAsync(cancellation);
        return registry;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        authority.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task UntilReadyAsync(CancellationToken cancellation)
    {
        using SocketsHttpHandler handler = new() { UseProxy = false, SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetCertHashString() == authority.Server.GetCertHashString() } };
        using HttpClient client = new(handler);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync(new Uri($"https://{Host}/v2/"), cancellation);
                return;
            }
            catch (HttpRequestException) when (attempt < 150 && !process.HasExited)
            {
                await Task.Delay(100, cancellation);
            }
        }
    }
}
