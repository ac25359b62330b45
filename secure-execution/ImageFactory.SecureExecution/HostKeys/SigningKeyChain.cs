using System.Security.Cryptography.X509Certificates;
using ImageFactory.Model;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>
/// Verifies signing key → intermediates → root with revocation lists for every level (SE format, section 9.3, step 4).
/// Every rule is tested here, so that each broken one has a fault of its own; afterwards the platform's own X.509 verification
/// looks at the same chain for the rules that only few certificates use (name constraints, policies).
/// </summary>
internal sealed class SigningKeyChain(IReadOnlyList<NamedCertificate> intermediates, IReadOnlyList<NamedCertificate> anchors, CrlPool crls, DateTimeOffset now)
{
    private const int MaximumIntermediates = 2;

    /// <returns>The chain from the signing key to the root, as far as it could be built.</returns>
    public IReadOnlyList<NamedCertificate> Verify(NamedCertificate signingKey, List<Fault> faults)
    {
        List<NamedCertificate> chain = [signingKey];
        int before = faults.Count;
        for (int level = 0; ; level++)
        {
            NamedCertificate current = chain[level];
            CheckCertificate(current, level, faults);
            if (IsRoot(current))
                break;
            if (level > MaximumIntermediates)
            {
                faults.Add(HostKeyFaults.ChainTooLong(signingKey.File, level));
                return chain;
            }

            if (FindIssuer(current, level, chain, faults) is not { } issuer)
                return chain;
            CheckRevocation(current, level, issuer, faults);
            chain.Add(issuer);
        }

        // An anchor that is itself the signing key proves nothing: the chain has at least two certificates.
        if (chain.Count < 2)
            faults.Add(HostKeyFaults.NoIssuer(signingKey.File, signingKey.Subject.ToString(), 0, signingKey.Issuer.ToString()));
        if (faults.Count == before)
            CheckWithPlatform(chain, faults);
        return chain;
    }

    /// <summary>As with OpenSSL, a chain ends at a self-signed anchor and not at an intermediate that someone trusts.</summary>
    private bool IsRoot(NamedCertificate certificate) => certificate.IsSelfIssued && anchors.Any(a => a.IsSameAs(certificate));

    private NamedCertificate? FindIssuer(NamedCertificate current, int level, List<NamedCertificate> chain, List<Fault> faults)
    {
        SignatureVerdict worst = SignatureVerdict.Good;
        foreach (NamedCertificate candidate in anchors.Concat(intermediates))
        {
            if (!candidate.Subject.Equals(current.Issuer) || chain.Any(c => c.IsSameAs(candidate)) || current.Authority?.Matches(candidate) == false)
                continue;
            SignatureVerdict verdict = SignatureCheck.Verify(current.Data, candidate.PublicKey);
            if (verdict == SignatureVerdict.Good)
                return candidate;
            worst = verdict;
        }

        faults.Add(worst switch
        {
            SignatureVerdict.Wrong => HostKeyFaults.ChainSignature(current.File, current.Subject.ToString(), level, current.Issuer.ToString()),
            SignatureVerdict.WeakOrUnknownAlgorithm => HostKeyFaults.WeakChain(current.File, current.Subject.ToString(), level, "its signature algorithm is not known or has less than 112 bits"),
            _ => HostKeyFaults.NoIssuer(current.File, current.Subject.ToString(), level, current.Issuer.ToString()),
        });
        return null;
    }

    private void CheckCertificate(NamedCertificate current, int level, List<Fault> faults)
    {
        string subject = current.Subject.ToString();
        if (now < current.NotBefore)
            faults.Add(HostKeyFaults.ChainNotYetValid(current.File, subject, level, current.NotBefore));
        if (now > current.NotAfter)
            faults.Add(HostKeyFaults.ChainExpired(current.File, subject, level, current.NotAfter));
        if (SignatureCheck.FindWeakness(current.PublicKey) is { } weakness)
            faults.Add(HostKeyFaults.WeakChain(current.File, subject, level, weakness));
        if (level > 0 && FindAuthorityFault(current, level) is { } reason)
            faults.Add(HostKeyFaults.NotAnAuthority(current.File, subject, level, reason));
        if (level > 0 && IsRoot(current) && SignatureCheck.Verify(current.Data, current.PublicKey) != SignatureVerdict.Good)
            faults.Add(HostKeyFaults.ChainSignature(current.File, subject, level, subject));
    }

    /// <summary>RFC 5280, 6.1.4 (k) to (n).</summary>
    private static string? FindAuthorityFault(NamedCertificate certificate, int level)
    {
        if (!certificate.IsAuthority)
            return "it is no certificate authority";

        // The signing key is the end of the path and does not count.
        if (level - 1 > certificate.PathLength)
            return "too many authorities are below it";
        return certificate.MayUseKeyFor(X509KeyUsageFlags.KeyCertSign) ? null : "its key is not meant for signing certificates";
    }

    private void CheckRevocation(NamedCertificate current, int level, NamedCertificate issuer, List<Fault> faults)
    {
        string subject = current.Subject.ToString();
        if (!issuer.MayUseKeyFor(X509KeyUsageFlags.CrlSign))
        {
            faults.Add(HostKeyFaults.NoCrlForChain(current.File, subject, level, issuer.Subject.ToString(), "; the issuer's key is not meant for signing such lists"));
            return;
        }

        IReadOnlyList<CertificateRevocationList> lists = crls.For([issuer.Subject], issuer, now, out string rejected);
        if (lists.Count == 0)
            faults.Add(HostKeyFaults.NoCrlForChain(current.File, subject, level, issuer.Subject.ToString(), rejected));
        else if (lists.FirstOrDefault(l => l.Lists(current.Serial)) is { } list)
            faults.Add(HostKeyFaults.ChainRevoked(current.File, subject, level, list.File));
    }

    private void CheckWithPlatform(List<NamedCertificate> chain, List<Fault> faults)
    {
        using X509Chain platform = new();
        platform.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        platform.ChainPolicy.CustomTrustStore.Add(chain[^1].Certificate);
        foreach (NamedCertificate intermediate in chain.Skip(1).SkipLast(1))
            platform.ChainPolicy.ExtraStore.Add(intermediate.Certificate);
        platform.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        platform.ChainPolicy.DisableCertificateDownloads = true;
        platform.ChainPolicy.VerificationTimeIgnored = false;
        platform.ChainPolicy.VerificationTime = now.UtcDateTime;
        if (platform.Build(chain[0].Certificate))
            return;

        string reasons = string.Join("; ", platform.ChainStatus.Select(s => s.StatusInformation.Trim()));
        faults.Add(HostKeyFaults.ChainRules(chain[0].File, chain[0].Subject.ToString(), reasons));
    }
}
