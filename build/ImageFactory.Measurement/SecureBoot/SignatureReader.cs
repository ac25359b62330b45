using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.Images.Pe;
using ImageFactory.Measurement.Layout;
using ImageFactory.Model;

namespace ImageFactory.Measurement.SecureBoot;

/// <summary>
/// Finds the entry of db by which the firmware accepts a program, from the certificates in its signatures. The table of a PE file holds
/// WIN_CERTIFICATE records: <c>length (4) | revision 0x200 (2) | type 2: PKCS#7 (2) | SignedData</c>, each filled to 8 bytes.
/// </summary>
internal static class SignatureReader
{
    private const int RecordHeader = 8;
    private const int MaximumTable = 1 << 20;
    private const ushort Pkcs7 = 2;

    /// <exception cref="FactoryException">IFM302: a program that no entry accepts. IFM303: a signature that cannot be read. All at once.</exception>
    public static IReadOnlyList<X509Certificate2> Accepting(EnrolledKeys keys, IEnumerable<EfiProgram> programs, string image)
    {
        List<X509Certificate2> accepting = [];
        List<Fault> faults = [];
        foreach (EfiProgram program in programs)
        {
            try
            {
                if (SignaturesOf(program).Select(s => AcceptedBy(keys.Allowed, s)).OfType<X509Certificate2>().FirstOrDefault() is not { } entry)
                    faults.Add(SecureBootFaults.NotAccepted(image, program.Path));
                else if (!accepting.Contains(entry))
                    accepting.Add(entry);
            }
            catch (CryptographicException e)
            {
                faults.Add(SecureBootFaults.BadSignature(image, program.Path, e.Message));
            }
        }

        FactoryException.ThrowIfAny(faults);
        return accepting;
    }

    /// <summary>The entry that is the signer, or stands above it in the chain of certificates that the signature carries.</summary>
    private static X509Certificate2? AcceptedBy(IReadOnlyList<X509Certificate2> allowed, SignedCms signature)
    {
        X509Certificate2? link = signature.SignerInfos[0].Certificate;
        for (int length = 0; link is not null && length < 10; length++)
        {
            X509Certificate2 current = link;
            if (allowed.FirstOrDefault(a => a.RawDataMemory.Span.SequenceEqual(current.RawDataMemory.Span)) is { } same)
                return same;
            if (allowed.FirstOrDefault(a => a.SubjectName.RawData.AsSpan().SequenceEqual(current.IssuerName.RawData)) is { } issuer)
                return issuer;
            link = signature.Certificates.FirstOrDefault(c => c.Subject != current.Subject && c.SubjectName.RawData.AsSpan().SequenceEqual(current.IssuerName.RawData));
        }

        return null;
    }

    private static IEnumerable<SignedCms> SignaturesOf(EfiProgram program)
    {
        PeHeaders headers = program.Content.Pe.Headers;
        if (headers.CertificateSize > MaximumTable)
            throw new CryptographicException($"a table of {headers.CertificateSize} bytes");
        byte[] table = new byte[headers.CertificateSize];
        program.File.Read(headers.CertificateOffset, table);
        for (int offset = 0; offset + RecordHeader <= table.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(table.AsSpan(offset));
            if (length < RecordHeader || length > table.Length - offset)
                throw new CryptographicException($"a record of {length} bytes at {offset}");
            if (BinaryPrimitives.ReadUInt16LittleEndian(table.AsSpan(offset + 6)) == Pkcs7)
            {
                SignedCms signature = new();
                signature.Decode(table.AsSpan(offset + RecordHeader, (int)length - RecordHeader));
                if (signature.SignerInfos.Count > 0)
                    yield return signature;
            }

            offset += (int)((length + 7) & ~7u);
        }
    }
}
