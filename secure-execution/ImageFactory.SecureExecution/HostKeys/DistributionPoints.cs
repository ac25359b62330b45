using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>Where a certificate says that its revocation list is (RFC 5280, 4.2.1.13).</summary>
internal static class DistributionPoints
{
    private const string Oid = "2.5.29.31";

    /// <summary>The HTTP(S) addresses; damaged points have none.</summary>
    public static IReadOnlyList<Uri> Of(X509Certificate2 certificate)
    {
        if (certificate.Extensions.FirstOrDefault(e => e.Oid?.Value == Oid) is not { } extension)
            return [];
        try
        {
            return [.. Read(extension.RawData).Where(u => u.Scheme is "http" or "https")];
        }
        catch (AsnContentException)
        {
            return [];
        }
    }

    private static List<Uri> Read(byte[] value)
    {
        List<Uri> found = [];
        AsnReader points = new AsnReader(value, AsnEncodingRules.DER).ReadSequence();
        Asn1Tag name = new(TagClass.ContextSpecific, 0, isConstructed: true);
        Asn1Tag uri = new(TagClass.ContextSpecific, 6);
        while (points.HasData)
        {
            AsnReader point = points.ReadSequence();
            if (!point.HasData || !point.PeekTag().HasSameClassAndValue(name))
                continue;
            AsnReader choice = point.ReadSequence(name);
            if (!choice.PeekTag().HasSameClassAndValue(name))
                continue;
            AsnReader names = choice.ReadSequence(name);
            while (names.HasData)
            {
                if (!names.PeekTag().HasSameClassAndValue(uri))
                    names.ReadEncodedValue();
                else if (Uri.TryCreate(names.ReadCharacterString(UniversalTagNumber.IA5String, uri), UriKind.Absolute, out Uri? address))
                    found.Add(address);
            }
        }

        return found;
    }
}
