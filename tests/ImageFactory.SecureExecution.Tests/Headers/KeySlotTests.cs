using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.Tests.Support;

namespace ImageFactory.SecureExecution.Tests.Headers;

public sealed class KeySlotTests
{
    [Fact]
    public void A_slot_is_the_one_in_the_tests_of_s390_tools()
    {
        byte[] privateKey = Vectors.SeBytes("unit", "private_cust.bin")[^66..];
        using ECDiffieHellman customer = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP521, D = privateKey });
        byte[] headerKey = new byte[32];
        headerKey.AsSpan().Fill(0x17);
        using SecretBytes secret = new(headerKey);

        KeySlot slot = KeySlot.Wrap(secret, customer, HostKey(Vectors.Se("unit", "host.pem.crt")));

        Assert.Equal(Vectors.SeBytes("unit", "keyslot.bin"), slot.Bytes.ToArray());
        Assert.Equal(Vectors.SeBytes("unit", "public_cust.bin"), HostPublicKey.Encode(customer.ExportParameters(false).Q));
    }

    [Fact]
    public void A_phkh_is_the_digest_of_the_padded_point()
    {
        JsonElement slot = Vectors.Json(Vectors.Se("cases", "c02-full", "trace.json")).GetProperty("key_slots")[0];

        HostPublicKey key = HostKey(Vectors.Se("certs", "host.crt"));

        Assert.Equal(slot.Hex("coord"), key.Encoded);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(slot.Hex("coord"))), key.Phkh.Hex);
    }

    [Fact]
    public void The_machine_gets_the_header_key_back()
    {
        SecureExecutionHeader header = SecureExecutionHeader.Parse(Vectors.SeBytes("cases", "c02-full", "sehdr.bin"), "sehdr.bin");
        using ECDiffieHellman machine = ECDiffieHellman.Create();
        machine.ImportFromPem(File.ReadAllText(Vectors.Se("certs", "host2.key")));

        using SecretBytes headerKey = header.KeySlots[1].Unwrap(machine, HostPublicKey.Decode(header.CustomerKey));

        Assert.True(headerKey.SameAs(Vectors.SeBytes("keys", "hdr-key.bin")));
    }

    [Fact]
    public void A_point_that_is_not_on_the_curve_is_refused()
    {
        byte[] encoded = HostKey(Vectors.Se("certs", "host.crt")).Encoded;
        encoded[^1] ^= 1;

        Assert.ThrowsAny<CryptographicException>(() => HostPublicKey.Decode(encoded));
    }

    private static HostPublicKey HostKey(string file)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(file);
        using ECDiffieHellman key = certificate.GetECDiffieHellmanPublicKey()!;
        return new HostPublicKey(key.ExportParameters(false).Q);
    }
}
