using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ImageFactory.Testing.Registry;

/// <summary>A certificate authority of one test, and a certificate for 127.0.0.1 and localhost that it signed.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority()
    {
        DateTimeOffset from = DateTimeOffset.UtcNow.AddDays(-1);
        CertificateRequest root = new("CN=test authority", key, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        root.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        Root = root.CreateSelfSigned(from, from.AddYears(1));

        using ECDsa serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest server = new("CN=registry", serverKey, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        server.CertificateExtensions.Add(names.Build());
        server.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using X509Certificate2 signed = server.Create(Root, from, from.AddDays(300), [1, 2, 3, 4]);
        Server = signed.CopyWithPrivateKey(serverKey);
        ServerKeyPem = serverKey.ExportPkcs8PrivateKeyPem();
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Server { get; }

    public string ServerKeyPem { get; }

    public void Dispose()
    {
        Root.Dispose();
        Server.Dispose();
        key.Dispose();
    }
}
