using System.Security.Cryptography.X509Certificates;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>Host key document (HKD): the certificate of a machine that may run the image. Its key is an EC P-521 key for sure.</summary>
public sealed class HostKeyDocument
{
    internal HostKeyDocument(string file, X509Certificate2 certificate, HostPublicKey publicKey)
    {
        File = file;
        Certificate = certificate;
        PublicKey = publicKey;
    }

    public string File { get; }

    public X509Certificate2 Certificate { get; }

    /// <summary>Public host key hash: how a header names this machine.</summary>
    public Sha256 Phkh => PublicKey.Phkh;

    public string Subject => Certificate.Subject;

    public DateTimeOffset NotAfter => new(Certificate.NotAfter.ToUniversalTime());

    internal HostPublicKey PublicKey { get; }
}
