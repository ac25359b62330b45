using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.Model;
using ImageFactory.Registry.Configuration;

namespace ImageFactory.Registry.Transport;

/// <summary>The certificates of one registry (containers-certs.d(5)): further authorities and client certificates.</summary>
internal sealed class CertificateFolder
{
    private readonly X509Certificate2Collection authorities = [];
    private readonly X509CertificateCollection clients = [];

    /// <param name="folders">Each with one folder per host.</param>
    /// <param name="host">With its port.</param>
    /// <param name="authority">A file with a further authority.</param>
    /// <exception cref="FactoryException">IFO206: a file is no certificate, or its key is missing; all of them at once.</exception>
    public static CertificateFolder Load(IEnumerable<string> folders, string host, string? authority = null)
    {
        CertificateFolder found = new();
        List<Fault> faults = [];
        IEnumerable<string> files = folders.Select(f => Path.Combine(f, host)).Where(Directory.Exists).SelectMany(f => Directory.GetFiles(f).Order(StringComparer.Ordinal));
        foreach (string file in authority is null ? files : files.Append(authority))
        {
            try
            {
                found.Add(file);
            }
            catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
            {
                faults.Add(ConfigurationFaults.BadCertificate(file, e.Message));
            }
        }

        FactoryException.ThrowIfAny(faults);
        return found;
    }

    public SslClientAuthenticationOptions ToOptions(bool insecure) => new()
    {
        ClientCertificates = clients,
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) => insecure || errors == SslPolicyErrors.None || IsTrusted(certificate, chain, errors),
    };

    /// <summary>Our authorities come on top of the system's, as podman has it; a name that does not match stays wrong.</summary>
    private bool IsTrusted(X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is null || authorities.Count == 0)
            return false;
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (X509ChainElement element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        using X509Certificate2 leaf = new(certificate);
        return chain.Build(leaf);
    }

    private void Add(string file)
    {
        switch (Path.GetExtension(file))
        {
            case ".crt":
                authorities.ImportFromPemFile(file);
                break;
            case ".cert":
                clients.Add(X509Certificate2.CreateFromPemFile(file, Path.ChangeExtension(file, ".key")));
                break;
        }
    }
}
