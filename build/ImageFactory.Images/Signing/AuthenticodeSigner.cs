using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Pe;
using ImageFactory.Model;

namespace ImageFactory.Images.Signing;

/// <summary>
/// Signs EFI programs for Secure Boot. The signature is a WIN_CERTIFICATE at the end of the file, little-endian:
/// <code>
///  0  4  length, this header included
///  4  2  revision 0x0200
///  6  2  type 0x0002: PKCS#7 SignedData
///  8     the SignedData in DER, filled with zeros to a multiple of 8
/// </code>
/// </summary>
public static class AuthenticodeSigner
{
    private const int Alignment = 8;
    private const int HeaderSize = 8;

    /// <summary>
    /// Signs the file in place. A file whose length is not a multiple of 8 is padded first, which changes its digest; files
    /// of <see cref="Uki.UkiWriter"/> are aligned to 512 bytes, so that their digest is the same before and after.
    /// </summary>
    /// <exception cref="FactoryException">IFI301: not a sound PE file. IFI324, IFI325: signed already, or no place for a signature.</exception>
    public static async Task SignAsync(string path, SigningKey key, CancellationToken cancellation)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        PeHeaders headers = PeFile.Read(Unowned(file, path)).Headers;
        if (headers.CertificateSize != 0)
            throw SigningFaults.AlreadySigned(path).Raise();
        int entry = headers.CertificateEntryOffset ?? throw SigningFaults.NoCertificateDirectory(path).Raise();

        file.SetLength(RoundUp(file.Length));
        byte[] digest = PeFile.Read(Unowned(file, path)).AuthenticodeDigest(HashAlgorithmName.SHA256);
        byte[] certificate = Wrap(AuthenticodeSignature.Create(digest, key));
        long offset = file.Length;
        if (offset + certificate.Length > uint.MaxValue)
            throw PeFaults.TooLarge(path, "of certificates").Raise();

        byte[] directory = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(directory, (uint)offset);
        BinaryPrimitives.WriteUInt32LittleEndian(directory.AsSpan(4), (uint)certificate.Length);
        file.Position = offset;
        await file.WriteAsync(certificate, cancellation).ConfigureAwait(false);
        file.Position = entry;
        await file.WriteAsync(directory, cancellation).ConfigureAwait(false);
        await file.FlushAsync(cancellation).ConfigureAwait(false);
    }

    // A StreamSource closes its stream when it is disposed; this one never is, since the file is still needed.
    private static StreamSource Unowned(FileStream file, string path) => new(file, path);

    private static byte[] Wrap(byte[] signedData)
    {
        byte[] certificate = new byte[RoundUp(HeaderSize + signedData.Length)];
        BinaryPrimitives.WriteUInt32LittleEndian(certificate, (uint)certificate.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(certificate.AsSpan(4), 0x0200);
        BinaryPrimitives.WriteUInt16LittleEndian(certificate.AsSpan(6), 0x0002);
        signedData.CopyTo(certificate.AsSpan(HeaderSize));
        return certificate;
    }

    private static long RoundUp(long length) => (length + Alignment - 1) / Alignment * Alignment;
}
