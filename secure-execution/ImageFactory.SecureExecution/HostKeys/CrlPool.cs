using System.Globalization;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>All revocation lists at hand, and the question which of them speak for an issuer.</summary>
internal sealed class CrlPool
{
    private readonly List<CertificateRevocationList> lists = [];

    public void Add(IEnumerable<CertificateRevocationList> more) => lists.AddRange(more);

    /// <summary>Usable lists of an issuer under one of its names (the first name that has any list wins), and why others are not usable.</summary>
    /// <param name="rejected">Reasons for a person, each beginning with "; ".</param>
    public IReadOnlyList<CertificateRevocationList> For(IReadOnlyList<DistinguishedName> names, NamedCertificate issuer, DateTimeOffset now, out string rejected)
    {
        rejected = "";
        foreach (DistinguishedName name in names)
        {
            List<CertificateRevocationList> named = lists.FindAll(l => l.Issuer.Equals(name));
            if (named.Count == 0)
                continue;
            List<CertificateRevocationList> usable = [];
            foreach (CertificateRevocationList list in named)
            {
                if (FindReason(list, issuer, now) is { } reason)
                    rejected += $"; {list.File}: {reason}";
                else
                    usable.Add(list);
            }

            return usable;
        }

        return [];
    }

    private static string? FindReason(CertificateRevocationList list, NamedCertificate issuer, DateTimeOffset now)
    {
        if (now < list.ThisUpdate)
            return string.Create(CultureInfo.InvariantCulture, $"it is valid only from {list.ThisUpdate:yyyy-MM-dd} on");
        if (list.NextUpdate is not { } next)
            return "it does not say how long it is valid";
        if (now >= next)
            return string.Create(CultureInfo.InvariantCulture, $"it expired on {next:yyyy-MM-dd}");
        if (list.Limitation is not null)
            return list.Limitation;
        if (list.AuthorityKeyId is { } authority && !authority.Matches(issuer))
            return "it was issued by another key of that name";
        return SignatureCheck.Verify(list.Data, issuer.PublicKey) switch
        {
            SignatureVerdict.Good => null,
            SignatureVerdict.Wrong => "its signature is wrong",
            _ => "its signature algorithm is not known or too weak",
        };
    }
}
