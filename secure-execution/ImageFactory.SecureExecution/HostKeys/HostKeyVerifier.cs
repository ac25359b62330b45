using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>
/// Reads host key documents and verifies them (SE format, section 9). Nothing is fetched unless the settings say so and a
/// <see cref="ICrlSource"/> is given.
/// </summary>
/// <param name="time">Decides what is expired.</param>
/// <param name="online">Needed only when <see cref="HostKeySettings.Online"/> is set.</param>
/// <param name="systemRoots">The trust anchors when no own root is given; left out, the machine's store of root certificates.</param>
public sealed class HostKeyVerifier(TimeProvider time, ICrlSource? online = null, Func<IReadOnlyList<X509Certificate2>>? systemRoots = null)
{
    private const string P521Oid = "1.3.132.0.35";

    private static readonly TimeSpan Soon = TimeSpan.FromDays(30);

    /// <summary>Never throws for what is in the files: all faults and warnings of all of them are in the result.</summary>
    public async Task<HostKeyCheckResult> CheckAsync(HostKeySettings settings, CancellationToken cancellation)
    {
        List<Fault> faults = [];
        if (settings.HostKeys.Count == 0)
            faults.Add(HostKeyFaults.NoHostKeys());
        if (!settings.Verify && settings.Certificates.Count > 0)
            faults.Add(HostKeyFaults.VerifyAndUnverified());
        if (settings.Verify && settings.Certificates.Count == 0)
            faults.Add(HostKeyFaults.NothingToVerifyWith());

        List<HostKeyDocument> documents = ReadDocuments(settings.HostKeys, faults);
        bool verified = false;
        if (!settings.Verify)
        {
            faults.Add(HostKeyFaults.NotVerified(documents.Count));
        }
        else if (settings.Certificates.Count > 0)
        {
            await VerifyAsync(settings, documents, faults, cancellation).ConfigureAwait(false);
            verified = faults.TrueForAll(f => f.Severity == Severity.Warning);
        }

        return new HostKeyCheckResult(documents, faults, verified);
    }

    /// <summary>Only reads documents, to know which machines they are of. Their keys are usable; who signed them is not asked.</summary>
    public static IReadOnlyList<HostKeyDocument> ReadUnverified(IReadOnlyList<string> files, List<Fault> faults) => ReadDocuments(files, faults);

    private static List<HostKeyDocument> ReadDocuments(IReadOnlyList<string> files, List<Fault> faults)
    {
        List<HostKeyDocument> documents = [];
        Dictionary<Sha256, string> seen = [];
        foreach (string file in files)
        {
            if (CertificateFile.Read(file, "host key document", faults) is not { } content)
                continue;
            if (content.Certificates.Count == 0)
            {
                faults.Add(HostKeyFaults.NoCertificate(file));
                continue;
            }

            if (content.Certificates.Count > 1)
                faults.Add(HostKeyFaults.SeveralCertificates(file, content.Certificates.Count));
            X509Certificate2 certificate = content.Certificates[0];
            if (NamedCertificate.Read(file, certificate, faults) is not { } named || ReadKey(named, faults) is not { } key)
                continue;
            if (!seen.TryAdd(key.Phkh, file))
                faults.Add(HostKeyFaults.SameMachineTwice(file, seen[key.Phkh]));
            documents.Add(new HostKeyDocument(named, key));
        }

        return documents;
    }

    private static HostPublicKey? ReadKey(NamedCertificate certificate, List<Fault> faults)
    {
        (string file, string subject) = (certificate.File, certificate.Subject.ToString());
        try
        {
            using ECDiffieHellman? key = certificate.PublicKey.GetECDiffieHellmanPublicKey();
            if (key is null)
            {
                faults.Add(HostKeyFaults.WrongKey(file, subject, certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value ?? "unknown"));
                return null;
            }

            ECParameters parameters = key.ExportParameters(false);
            if (parameters.Curve.Oid?.Value == P521Oid)
                return new HostPublicKey(parameters.Q);
            faults.Add(HostKeyFaults.WrongKey(file, subject, $"on the curve {parameters.Curve.Oid?.FriendlyName ?? "with explicit parameters"}"));
        }
        catch (Exception cause) when (SignatureCheck.IsUnusableKey(cause))
        {
            faults.Add(HostKeyFaults.WrongKey(file, subject, "not a point of that curve, or damaged"));
        }

        return null;
    }

    private async Task VerifyAsync(HostKeySettings settings, List<HostKeyDocument> documents, List<Fault> faults, CancellationToken cancellation)
    {
        DateTimeOffset now = time.GetUtcNow();
        CrlPool pool = new();
        List<NamedCertificate> certificates = ReadCertificates(settings.Certificates, pool, faults, now);
        List<NamedCertificate> anchors = ReadAnchors(settings.RootCa, pool, faults);
        ReadCrls(settings.Crls, pool, faults, now);
        if (settings.Online && online is not null)
        {
            foreach (X509Certificate2 certificate in certificates.Concat(documents.Select(d => d.Certificate)).Select(c => c.Certificate))
                await FetchAsync(certificate, pool, faults, cancellation).ConfigureAwait(false);
        }

        string files = string.Join(", ", settings.Certificates);
        List<NamedCertificate> signingKeys = certificates.FindAll(c => SigningKeySubject.Fits(c.Subject));
        if (signingKeys.Count != 1)
        {
            faults.Add(signingKeys.Count == 0 ? HostKeyFaults.NoSigningKey(files) : HostKeyFaults.SeveralSigningKeys(files));
            return;
        }

        NamedCertificate signingKey = signingKeys[0];
        List<NamedCertificate> intermediates = certificates.FindAll(c => !ReferenceEquals(c, signingKey));
        SigningKeyChain chain = new(intermediates, anchors, pool, now);
        foreach (NamedCertificate link in chain.Verify(signingKey, faults))
            WarnIfSoon(link.File, $"the certificate of {link.Subject}", link.NotAfter, now, faults);

        foreach (HostKeyDocument document in documents)
            VerifyDocument(document, signingKey, pool, now, faults);
    }

    /// <summary>SE format, section 9.4. Issuer and subject names are deliberately not compared.</summary>
    private static void VerifyDocument(HostKeyDocument document, NamedCertificate signingKey, CrlPool pool, DateTimeOffset now, List<Fault> faults)
    {
        string file = document.File;
        string subject = document.Subject;
        NamedCertificate certificate = document.Certificate;
        if (now < certificate.NotBefore)
            faults.Add(HostKeyFaults.NotYetValid(file, subject, certificate.NotBefore));
        if (now >= certificate.NotAfter)
            faults.Add(HostKeyFaults.Expired(file, subject, certificate.NotAfter));
        else
            WarnIfSoon(file, "the host key document", certificate.NotAfter, now, faults);

        if (certificate.Authority?.Matches(signingKey) == false)
        {
            // Its signature and its CRL are another key's, so nothing more can be said about it.
            faults.Add(HostKeyFaults.AuthorityMismatch(file, subject, signingKey.Subject.ToString()));
            return;
        }

        SignatureVerdict verdict = SignatureCheck.Verify(certificate.Data, signingKey.PublicKey);
        if (verdict != SignatureVerdict.Good)
            faults.Add(verdict == SignatureVerdict.Wrong ? HostKeyFaults.BadSignature(file, subject) : HostKeyFaults.WeakSignature(file, subject));

        IReadOnlyList<CertificateRevocationList> lists =
            pool.For(SigningKeySubject.CrlIssuers(signingKey.Subject), signingKey, now, out string rejected);
        if (lists.Count == 0)
            faults.Add(HostKeyFaults.NoCrlForHostKeys(file, signingKey.Subject.ToString(), rejected));
        else if (lists.FirstOrDefault(l => l.Lists(certificate.Serial)) is { } list)
            faults.Add(HostKeyFaults.Revoked(file, subject, list.File));
    }

    private static List<NamedCertificate> ReadCertificates(IReadOnlyList<string> files, CrlPool pool, List<Fault> faults, DateTimeOffset now)
    {
        List<NamedCertificate> certificates = [];
        foreach (string file in files)
        {
            if (CertificateFile.Read(file, "certificate", faults) is not { } content)
                continue;
            if (content.Certificates.Count == 0)
                faults.Add(HostKeyFaults.NotACertificateFile(file, "certificate", "there is no certificate in it"));
            pool.Add(content.Crls);
            WarnAboutLists(content.Crls, now, faults);
            foreach (X509Certificate2 certificate in content.Certificates)
            {
                if (NamedCertificate.Read(file, certificate, faults) is { } named && !certificates.Exists(c => c.IsSameAs(named)))
                    certificates.Add(named);
            }
        }

        return certificates;
    }

    private List<NamedCertificate> ReadAnchors(string? rootCa, CrlPool pool, List<Fault> faults)
    {
        if (rootCa is null)
        {
            // A damaged certificate in the system's store is nobody's fault here.
            IReadOnlyList<X509Certificate2> system = systemRoots is not null ? systemRoots() : ReadSystemRoots();
            return [.. system.Select(c => NamedCertificate.Read("system root certificates", c, [])).OfType<NamedCertificate>()];
        }

        if (CertificateFile.Read(rootCa, "root certificate", faults) is not { } content)
            return [];
        if (content.Certificates.Count == 0)
            faults.Add(HostKeyFaults.NoRoot(rootCa));
        pool.Add(content.Crls);
        return [.. content.Certificates.Select(c => NamedCertificate.Read(rootCa, c, faults)).OfType<NamedCertificate>()];
    }

    private static void ReadCrls(IReadOnlyList<string> files, CrlPool pool, List<Fault> faults, DateTimeOffset now)
    {
        foreach (string file in files)
        {
            if (CertificateFile.Read(file, "certificate revocation list", faults) is not { } content)
                continue;
            if (content.Crls.Count == 0)
                faults.Add(HostKeyFaults.NotACrl(file));
            pool.Add(content.Crls);
            WarnAboutLists(content.Crls, now, faults);
        }
    }

    /// <summary>The first list that can be had from the certificate's distribution points. None is no fault here: whether one is missing shows later.</summary>
    private async Task FetchAsync(X509Certificate2 certificate, CrlPool pool, List<Fault> faults, CancellationToken cancellation)
    {
        foreach (Uri address in DistributionPoints.Of(certificate))
        {
            try
            {
                byte[] bytes = await online!.FetchAsync(address, cancellation).ConfigureAwait(false);
                List<Fault> problems = [];
                if (CertificateFile.Parse(address.AbsoluteUri, bytes, "certificate revocation list", problems) is { Crls.Count: > 0 } content)
                {
                    pool.Add(content.Crls);
                    return;
                }

                faults.Add(HostKeyFaults.DownloadFailed(address.AbsoluteUri, "what is there is no revocation list"));
            }
            catch (HttpRequestException cause)
            {
                faults.Add(HostKeyFaults.DownloadFailed(address.AbsoluteUri, cause.Message));
            }
        }
    }

    private static void WarnAboutLists(IReadOnlyList<CertificateRevocationList> lists, DateTimeOffset now, List<Fault> faults)
    {
        foreach (CertificateRevocationList list in lists)
        {
            if (list.NextUpdate is { } next)
                WarnIfSoon(list.File, $"the revocation list of {list.Issuer}", next, now, faults);
        }
    }

    private static void WarnIfSoon(string file, string what, DateTimeOffset end, DateTimeOffset now, List<Fault> faults)
    {
        if (end > now && end - now <= Soon)
            faults.Add(HostKeyFaults.ExpiresSoon(file, what, end));
    }

    private static List<X509Certificate2> ReadSystemRoots()
    {
        using X509Store store = new(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
        return [.. store.Certificates];
    }
}
