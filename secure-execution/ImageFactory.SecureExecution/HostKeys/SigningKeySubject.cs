namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>Recognises IBM's signing key by its subject, byte for byte (SE format, section 9.3, step 1).</summary>
internal static class SigningKeySubject
{
    public const string Poughkeepsie = "Poughkeepsie";
    public const string Armonk = "Armonk";

    private const string Company = "International Business Machines Corporation";

    public static bool Fits(DistinguishedName subject) =>
        subject.Entries.Count == 6
        && subject.First(DistinguishedName.Country) == "US"
        && subject.First(DistinguishedName.State) == "New York"
        && subject.First(DistinguishedName.Locality) is Poughkeepsie or Armonk
        && subject.First(DistinguishedName.Organization) == Company
        && subject.First(DistinguishedName.CommonName) == Company
        && subject.First(DistinguishedName.OrganizationalUnit) is { } unit
        && unit.EndsWith("Key Signing Service", StringComparison.Ordinal);

    /// <summary>The names under which the CRL for HKDs may have been issued, in the order they are tried (SE format, section 9.4, step 4).</summary>
    public static IReadOnlyList<DistinguishedName> CrlIssuers(DistinguishedName subject)
    {
        List<DistinguishedName> names = [subject];
        if (subject.First(DistinguishedName.Locality) == Armonk)
        {
            DistinguishedName moved = subject.WithLocality(Poughkeepsie);
            names.Add(moved);
            if (moved.InCrlOrder() is { } movedInOrder)
                names.Add(movedInOrder);
        }

        if (subject.InCrlOrder() is { } inOrder)
            names.Add(inOrder);
        return names;
    }
}
