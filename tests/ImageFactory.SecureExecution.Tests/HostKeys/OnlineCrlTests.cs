using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.SecureExecution.HostKeys;
using ImageFactory.SecureExecution.Tests.Support;

namespace ImageFactory.SecureExecution.Tests.HostKeys;

/// <summary>A hierarchy made here, whose certificates name distribution points; the base library's own builder makes the lists.</summary>
public sealed class OnlineCrlTests : IDisposable
{
    private const string Names = "CN=International Business Machines Corporation, O=International Business Machines Corporation, L=Poughkeepsie, S=New York, C=US";

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ScratchFolder scratch = new();
    private readonly RSA rootKey = RSA.Create(2048);
    private readonly RSA signingRsa = RSA.Create(2048);
    private readonly X509Certificate2 root;
    private readonly X509Certificate2 signingKey;

    public OnlineCrlTests()
    {
        CertificateRequest rootRequest = new("OU=Root, " + Names, rootKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        rootRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        rootRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(rootRequest.PublicKey, false));
        root = rootRequest.CreateSelfSigned(Start, End);
        CertificateRequest signingRequest = new("OU=IBM Z Host Key Signing Service, " + Names, signingRsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        signingRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(signingRequest.PublicKey, false));
        signingRequest.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension(["http://crl.test/gone", "http://crl.test/root"]));
        using X509Certificate2 withoutKey = signingRequest.Create(root, Start, End, [2]);
        signingKey = withoutKey.CopyWithPrivateKey(signingRsa);
    }

    [Fact]
    public async Task Lists_from_the_distribution_points_are_enough()
    {
        FakeNetwork network = new() { ["http://crl.test/root"] = List(root, rootKey, []), ["http://crl.test/host"] = List(signingKey, signingRsa, []) };

        HostKeyCheckResult result = await new HostKeyVerifier(FixedTime.Usual, network).CheckAsync(Settings(3), TestContext.Current.CancellationToken);

        Assert.True(result.Verified, string.Join('\n', result.Faults));
        Assert.Equal("IFS133", Assert.Single(result.Faults).Code);
    }

    [Fact]
    public async Task A_fetched_list_revokes()
    {
        FakeNetwork network = new() { ["http://crl.test/root"] = List(root, rootKey, []), ["http://crl.test/host"] = List(signingKey, signingRsa, [3]) };

        HostKeyCheckResult result = await new HostKeyVerifier(FixedTime.Usual, network).CheckAsync(Settings(3), TestContext.Current.CancellationToken);

        Assert.Contains(result.Faults, f => f.Code == "IFS111");
    }

    [Fact]
    public async Task Offline_the_same_documents_are_refused()
    {
        HostKeyCheckResult result = await new HostKeyVerifier(FixedTime.Usual).CheckAsync(Settings(3), TestContext.Current.CancellationToken);

        Assert.Contains(result.Faults, f => f.Code == "IFS112");
        Assert.Contains(result.Faults, f => f.Code == "IFS122");
    }

    public void Dispose()
    {
        root.Dispose();
        signingKey.Dispose();
        rootKey.Dispose();
        signingRsa.Dispose();
        scratch.Dispose();
    }

    private static byte[] List(X509Certificate2 issuer, RSA key, byte[] revoked)
    {
        CertificateRevocationListBuilder builder = new();
        foreach (byte serial in revoked)
            builder.AddEntry([serial], Start);
        X509SubjectKeyIdentifierExtension id = issuer.Extensions.OfType<X509SubjectKeyIdentifierExtension>().First();
        return builder.Build(
            issuer.SubjectName,
            X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1),
            BigInteger.One,
            End,
            HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(id),
            Start);
    }

    private HostKeySettings Settings(byte serial)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        CertificateRequest request = new("OU=Host, " + Names, key, HashAlgorithmName.SHA512);
        request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension(["http://crl.test/host"]));
        using X509Certificate2 document = request.Create(signingKey.SubjectName, X509SignatureGenerator.CreateForRSA(signingRsa, RSASignaturePadding.Pkcs1), Start, End, [serial]);
        return new HostKeySettings
        {
            HostKeys = [Save("host.crt", document)],
            Certificates = [Save("signing.crt", signingKey)],
            RootCa = Save("root.crt", root),
            Online = true,
        };
    }

    private string Save(string name, X509Certificate2 certificate)
    {
        File.WriteAllText(scratch[name], certificate.ExportCertificatePem());
        return scratch[name];
    }

    private sealed class FakeNetwork : Dictionary<string, byte[]>, ICrlSource
    {
        public Task<byte[]> FetchAsync(Uri address, CancellationToken cancellation) =>
            TryGetValue(address.AbsoluteUri, out byte[]? list) ? Task.FromResult(list) : throw new HttpRequestException("404 (Not Found)");
    }
}
