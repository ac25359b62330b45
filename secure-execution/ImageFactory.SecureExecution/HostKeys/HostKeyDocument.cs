using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>Host key document (HKD): the certificate of a machine that may run the image. Its key is an EC P-521 key for sure.</summary>
public sealed class HostKeyDocument
{
    internal HostKeyDocument(NamedCertificate certificate, HostPublicKey publicKey)
    {
        Certificate = certificate;
        PublicKey = publicKey;
    }

    public string File => Certificate.File;

    /// <summary>Public host key hash: how a header names this machine.</summary>
    public Sha256 Phkh => PublicKey.Phkh;

    public string Subject => Certificate.Subject.ToString();

    public DateTimeOffset NotAfter => Certificate.NotAfter;

    internal NamedCertificate Certificate { get; }

    internal HostPublicKey PublicKey { get; }
}
