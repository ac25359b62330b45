using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>Every fault about host key documents and what proves them (IFS101 to IFS149), next to the code that finds it.</summary>
internal static class HostKeyFaults
{
    private const string DownloadHkd = "download the current HKD of this machine from IBM Resource Link, or leave it out";
    private const string DownloadCrl = "download the current CRLs: ibm-z-host-key-gen2.crl and those of the DigiCert authorities above the signing key";
    private const string DownloadCertificates = "download ibm-z-host-key-signing-gen2.crt and DigiCertCA.crt from IBM Resource Link";

    public static Fault CannotRead(string file, string expected, Exception cause) => new("IFS101", ExitCode.MissingInput, $"the {expected} cannot be read: {cause.Message}")
    {
        Where = file,
        Hint = "check path and permissions",
    };

    public static Fault NotACertificateFile(string file, string expected, string reason) =>
        Invalid("IFS102", file, $"this is no {expected}: {reason}", "give a PEM or DER file as it was downloaded");

    public static Fault Expired(string file, string subject, DateTimeOffset notAfter) => Invalid(
        "IFS103",
        file,
        $"the host key document expired on {Day(notAfter)} ({subject})",
        DownloadHkd);

    public static Fault NotYetValid(string file, string subject, DateTimeOffset notBefore) => Invalid(
        "IFS104",
        file,
        $"the host key document is valid from {Day(notBefore)} on ({subject})",
        "check the clock of this machine, " + DownloadHkd);

    public static Fault NoCertificate(string file) => Invalid("IFS105", file, "there is no host key document (certificate) in this file", DownloadHkd);

    public static Fault SeveralCertificates(string file, int count) =>
        Invalid("IFS106", file, $"the file has {count} certificates; only the first is used", "put each host key document into a file of its own").AsWarning();

    public static Fault WrongKey(string file, string subject, string found) => Invalid(
        "IFS107",
        file,
        $"the key of a host key document is EC P-521; this one is {found} ({subject})",
        "is this the signing key's or a web server's certificate? " + DownloadHkd);

    public static Fault AuthorityMismatch(string file, string subject, string signingKey) => Invalid(
        "IFS108",
        file,
        $"the host key document was issued by another key than the given signing key {signingKey} ({subject})",
        "give the signing key's certificate of the same generation as the HKD (gen2 for z15 and later)");

    public static Fault BadSignature(string file, string subject) => Invalid(
        "IFS109",
        file,
        $"the signature of the host key document is wrong: it is damaged or forged ({subject})",
        DownloadHkd);

    public static Fault WeakSignature(string file, string subject) => Invalid(
        "IFS110",
        file,
        $"the signature uses an algorithm that is not known or has less than 112 bits ({subject})",
        "take a document that is signed with SHA-256 or better");

    public static Fault Revoked(string file, string subject, string crl) => Invalid(
        "IFS111",
        file,
        $"the host key document is revoked by the list {crl} ({subject})",
        "do not let this machine run the image; " + DownloadHkd);

    public static Fault NoCrlForHostKeys(string file, string signingKey, string reasons) => Invalid(
        "IFS112",
        file,
        $"there is no valid revocation list for host key documents, issued by {signingKey}{reasons}",
        DownloadCrl);

    public static Fault NoSigningKey(string files) => Invalid(
        "IFS113",
        files,
        "none of the certificates is an IBM Z signing key (C=US, ST=New York, L=Poughkeepsie or Armonk, O and CN=International Business Machines Corporation, "
        + "OU=… Key Signing Service)",
        DownloadCertificates);

    public static Fault SeveralSigningKeys(string files) => Invalid(
        "IFS114",
        files,
        "several certificates are IBM Z signing keys; one is wanted",
        "keep the one that issued the host key documents, and check the others in a run of their own");

    public static Fault ChainExpired(string file, string subject, int level, DateTimeOffset notAfter) => Invalid(
        "IFS115",
        file,
        $"{Level(level)} expired on {Day(notAfter)} ({subject})",
        DownloadCertificates);

    public static Fault ChainNotYetValid(string file, string subject, int level, DateTimeOffset notBefore) => Invalid(
        "IFS116",
        file,
        $"{Level(level)} is valid from {Day(notBefore)} on ({subject})",
        "check the clock of this machine");

    public static Fault NoIssuer(string file, string subject, int level, string issuer) => Invalid(
        "IFS117",
        file,
        $"the issuer of {Level(level)} is neither among the certificates nor a trust anchor: {issuer} (of {subject})",
        DownloadCertificates + "; the root is in the system's store, or give it with rootCa");

    public static Fault ChainSignature(string file, string subject, int level, string issuer) => Invalid(
        "IFS118",
        file,
        $"the signature of {Level(level)} does not fit its issuer {issuer} ({subject})",
        DownloadCertificates);

    public static Fault NotAnAuthority(string file, string subject, int level, string reason) => Invalid(
        "IFS119",
        file,
        $"{Level(level)} may not issue certificates: {reason} ({subject})",
        DownloadCertificates);

    public static Fault WeakChain(string file, string subject, int level, string reason) => Invalid(
        "IFS120",
        file,
        $"{Level(level)} is too weak: {reason} ({subject})",
        DownloadCertificates);

    public static Fault ChainTooLong(string file, int intermediates) => Invalid(
        "IFS121",
        file,
        $"there are {intermediates} intermediate certificates between signing key and root; at most 2 are allowed",
        DownloadCertificates);

    public static Fault NoCrlForChain(string file, string subject, int level, string issuer, string reasons) => Invalid(
        "IFS122",
        file,
        $"there is no valid revocation list for {Level(level)}, issued by {issuer}{reasons} ({subject})",
        DownloadCrl);

    public static Fault ChainRevoked(string file, string subject, int level, string crl) => Invalid(
        "IFS123",
        file,
        $"{Level(level)} is revoked by the list {crl} ({subject})",
        DownloadCertificates);

    public static Fault ChainRules(string file, string subject, string reasons) => Invalid(
        "IFS124",
        file,
        $"the certificate chain of the signing key breaks a rule of X.509: {reasons} ({subject})",
        DownloadCertificates);

    public static Fault NoRoot(string file) => Invalid("IFS125", file, "there is no certificate in the file of trust anchors", "give the root certificate in PEM or DER");

    public static Fault NotACrl(string file) => Invalid("IFS126", file, "there is no certificate revocation list in this file", DownloadCrl);

    public static Fault ExpiresSoon(string file, string what, DateTimeOffset when) => Invalid(
        "IFS127",
        file,
        $"{what} expires on {Day(when)}",
        "renew it before then: afterwards a build with it fails").AsWarning();

    public static Fault NotVerified(int count) => new Fault(
        "IFS128",
        ExitCode.Ok,
        $"THE {count} HOST KEY DOCUMENTS ARE NOT VERIFIED: whoever slipped in a key of their own can read this image and its secrets")
    {
        Hint = "use verify: false only with test keys; give certificates and CRLs for everything else",
    }.AsWarning();

    public static Fault VerifyAndUnverified() => new("IFS129", ExitCode.Usage, "verification is turned off, but certificates to verify with are given")
    {
        Hint = "choose one: verify: false, or the certificates",
    };

    public static Fault NothingToVerifyWith() => new("IFS130", ExitCode.Usage, "no certificate of the IBM Z signing key is given to verify the host key documents with")
    {
        Hint = DownloadCertificates + "; for test keys only: verify: false (--no-verify)",
    };

    public static Fault NoHostKeys() => new("IFS131", ExitCode.Usage, "no host key document is given")
    {
        Hint = "give the HKD of each machine that may run the image",
    };

    public static Fault SameMachineTwice(string file, string other) =>
        Invalid("IFS132", file, $"this is the same host key as in {other}", "leave one out: a second key slot for the same machine is of no use").AsWarning();

    public static Fault DownloadFailed(string address, string reason) => new Fault("IFS133", ExitCode.Unavailable, $"the revocation list cannot be fetched: {reason}")
    {
        Where = address,
        Hint = "download it by another way and give it as a file",
    }.AsWarning();

    public static Fault TooLarge(string file, string expected) => Invalid("IFS134", file, $"the file is larger than 64 MiB, which no {expected} is", "check the path");

    public static Fault DamagedCertificate(string file, Exception cause) => Invalid(
        "IFS135",
        file,
        $"a field of the certificate cannot be read: {cause.Message}",
        "the file is damaged: download it again");

    private static string Level(int level) => level == 0 ? "the IBM Z signing key" : string.Create(CultureInfo.InvariantCulture, $"the authority on level {level} above the signing key");

    private static string Day(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static Fault Invalid(string code, string file, string message, string hint) => new(code, ExitCode.InvalidInput, message) { Where = file, Hint = hint };
}
