using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.SecureBoot;

namespace ImageFactory.Measurement.Tests.SecureBoot;

public sealed class SecureBootVariablesTests
{
    private static JsonNode Expected => Vectors.Json("secureboot", "expected.json");

    [Fact]
    public void Three_certificates_and_dbx_give_the_pcr_that_the_guest_read()
    {
        EventSequence sequence = EventSequence.Fold([.. SecureBootVariables.Events(Keys(), secureBoot: true), .. SecureBootVariables.Authorities(Keys())]);

        Assert.Equal(Expected["events"]!.AsArray().Select(e => (string)e!["sha256"]!), sequence.Events.Select(e => e.Digest.Sha256!));
        Assert.Equal((string)Expected["pcr7"]!, sequence[Register.Pcr(7)].Sha256);
        Assert.Equal((string)Vectors.Json("boot", "sdboot-secureboot", "pcrs.json")["7"]!, sequence[Register.Pcr(7)].Sha256);
    }

    private static EnrolledKeys Keys() => new(
        Guid.Parse((string)Expected["ownerGuid"]!),
        Certificate("PK.crt"),
        [Certificate("KEK.crt")],
        [Certificate("db.crt")],
        Convert.FromHexString((string)Expected["dbxHex"]!));

    private static X509Certificate2 Certificate(string file) => X509CertificateLoader.LoadCertificateFromFile(Vectors.PathOf("secureboot", file));
}
