using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.Cluster.Access;
using ImageFactory.Cluster.Transport;
using ImageFactory.Testing.Cluster;

namespace ImageFactory.Cluster.Tests;

/// <summary>A fake API server with its own authority, and the files that a pod of it has.</summary>
internal sealed class Place : IAsyncDisposable
{
    public const string Space = "openshift-sandboxed-containers-operator";

    private static readonly Lazy<(string, X509Certificate2)> Own = new(MakeCertificates);
    private static readonly Lazy<(string, X509Certificate2)> Other = new(MakeCertificates);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("cluster-");

    private Place(FakeApiServer server) => Server = server;

    public FakeApiServer Server { get; }

    public Dictionary<string, string> Environment { get; } = [];

    public string Account => folder.FullName;

    public string this[string file] => Path.Combine(folder.FullName, file);

    public static async Task<Place> StartAsync(bool ofAnotherAuthority = false)
    {
        (string authority, X509Certificate2 certificate) = ofAnotherAuthority ? Other.Value : Own.Value;
        Place place = new(await FakeApiServer.StartAsync(certificate));
        File.WriteAllText(place["ca.crt"], authority);
        File.WriteAllText(place["namespace"], Space);
        File.WriteAllText(place["token"], "first-token\n");
        place.Server.Tokens["first-token"] = "builder";
        place.Server.Allow("builder", Space, "get /configmaps", "patch /configmaps", "create /configmaps", "create events.k8s.io/events", "create /events");
        place.Environment["KUBERNETES_SERVICE_HOST"] = "127.0.0.1";
        place.Environment["KUBERNETES_SERVICE_PORT"] = place.Server.Address.Port.ToString(CultureInfo.InvariantCulture);
        return place;
    }

    /// <summary>An authority, and a server's certificate that it signed.</summary>
    private static (string Authority, X509Certificate2 Server) MakeCertificates()
    {
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest authorityRequest = new("CN=cluster authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 authority = authorityRequest.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=kubernetes", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = request.Create(authority, authority.NotBefore, authority.NotAfter, [1, 2, 3, 4]);
        return (authority.ExportCertificatePem(), X509CertificateLoader.LoadPkcs12(signed.CopyWithPrivateKey(key).Export(X509ContentType.Pkcs12), null));
    }

    public ClusterAccess Access => ClusterAccess.Find(null, Environment, Account);

    public ClusterConnection Connect(ClusterAccess? access = null) => new(access ?? Access, Environment, inner => inner);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
