using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.SecureExecution.HostKeys;

namespace ImageFactory.SecureExecution.Benchmarks;

/// <summary>Root, intermediate, signing key of RSA-4096 with lists, and as many host key documents as wanted.</summary>
internal sealed class TestHierarchy
{
    private const string Names = "CN=International Business Machines Corporation, O=International Business Machines Corporation, L=Poughkeepsie, S=New York, C=US";

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = Start.AddYears(40);

    public TestHierarchy(string folder, int documents)
    {
        using RSA rootKey = RSA.Create(4096);
        using RSA middleKey = RSA.Create(4096);
        using RSA signingKey = RSA.Create(4096);
        using X509Certificate2 root = Authority("OU=Root, " + Names, rootKey).CreateSelfSigned(Start, End);
        using X509Certificate2 middle = Authority("OU=Intermediate, " + Names, middleKey).Create(root, Start, End, [1]).CopyWithPrivateKey(middleKey);
        CertificateRequest request = new("OU=IBM Z Host Key Signing Service, " + Names, signingKey, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using X509Certificate2 signing = request.Create(middle, Start, End, [2]).CopyWithPrivateKey(signingKey);

        string Save(string name, string text)
        {
            string path = Path.Combine(folder, name);
            File.WriteAllText(path, text);
            return path;
        }

        List<string> files = [];
        for (int i = 0; i < documents; i++)
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP521);
            CertificateRequest host = new($"OU=Host {i}, " + Names, key, HashAlgorithmName.SHA512);
            X509SignatureGenerator signer = X509SignatureGenerator.CreateForRSA(signingKey, RSASignaturePadding.Pkcs1);
            using X509Certificate2 document = host.Create(signing.SubjectName, signer, Start, End, [3, (byte)i]);
            files.Add(Save($"hkd-{i}.crt", document.ExportCertificatePem()));
        }

        Settings = new HostKeySettings
        {
            HostKeys = files,
            Certificates = [Save("signing.crt", signing.ExportCertificatePem()), Save("middle.crt", middle.ExportCertificatePem())],
            Crls =
            [
                Save("signing.crl", List(signing.SubjectName, signingKey, request.PublicKey)),
                Save("middle.crl", List(middle.SubjectName, middleKey, middle.PublicKey)),
                Save("root.crl", List(root.SubjectName, rootKey, root.PublicKey)),
            ],
            RootCa = Save("root.crt", root.ExportCertificatePem()),
        };
    }

    public HostKeySettings Settings { get; }

    private static CertificateRequest Authority(string name, RSA key)
    {
        CertificateRequest request = new(name, key, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private static string List(X500DistinguishedName issuer, RSA key, PublicKey publicKey)
    {
        CertificateRevocationListBuilder builder = new();
        byte[] list = builder.Build(
            issuer,
            X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1),
            BigInteger.One,
            End,
            HashAlgorithmName.SHA512,
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(new X509SubjectKeyIdentifierExtension(publicKey, false)),
            Start);
        return PemEncoding.WriteString("X509 CRL", list);
    }
}
