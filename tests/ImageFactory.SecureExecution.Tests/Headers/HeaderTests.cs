using System.Buffers.Binary;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.Tests.Support;

namespace ImageFactory.SecureExecution.Tests.Headers;

public sealed class HeaderTests
{
    private static readonly byte[] Golden = Vectors.SeBytes("cases", "c02-full", "sehdr.bin");

    [Fact]
    public void A_real_header_of_s390_tools_parses()
    {
        SecureExecutionHeader header = SecureExecutionHeader.Parse(Vectors.SeBytes("unit", "secure_guest.hdr"), "secure_guest.hdr");

        Assert.Equal(640, header.Size);
        Assert.Single(header.KeySlots);
    }

    [Theory]
    [InlineData(0x000, 1, "IFS401")]
    [InlineData(0x008, 4, "IFS402")]
    [InlineData(0x00C, 4, "IFS403")]
    [InlineData(0x020, 8, "IFS405")]
    [InlineData(0x028, 8, "IFS406")]
    public void A_field_that_cannot_be_is_named(int offset, int size, string code)
    {
        byte[] changed = [.. Golden];
        changed.AsSpan(offset, size).Fill(0xFF);

        FactoryException exception = Assert.Throws<FactoryException>(() => SecureExecutionHeader.Parse(changed, "x"));

        Assert.Equal(code, Assert.Single(exception.Faults).Code);
    }

    [Fact]
    public void A_header_that_is_cut_off_is_refused()
    {
        FactoryException exception = Assert.Throws<FactoryException>(() => SecureExecutionHeader.Parse(Golden.AsSpan(..^1), "x"));

        Assert.Equal("IFS404", exception.Faults[0].Code);
    }

    [Fact]
    public void Slots_that_do_not_fill_the_size_are_refused()
    {
        byte[] changed = [.. Golden];
        BinaryPrimitives.WriteUInt64BigEndian(changed.AsSpan(0x20), 1);

        Assert.Equal("IFS405", Assert.Throws<FactoryException>(() => SecureExecutionHeader.Parse(changed, "x")).Faults[0].Code);
    }

    [Fact]
    public void Another_header_key_does_not_open_it()
    {
        SecureExecutionHeader header = SecureExecutionHeader.Parse(Golden, "x");
        using SecretBytes wrong = new(new byte[32]);

        FactoryException exception = Assert.Throws<FactoryException>(() => HeaderSecrets.Open(header, wrong, "x"));

        Assert.Equal("IFS407", exception.Faults[0].Code);
    }

    [Fact]
    public void Opened_secrets_are_gone_after_disposal()
    {
        SecureExecutionHeader header = SecureExecutionHeader.Parse(Golden, "x");
        using SecretBytes key = new(Vectors.SeBytes("keys", "hdr-key.bin"));
        HeaderSecrets secrets = HeaderSecrets.Open(header, key, "x");
        Assert.Equal(Vectors.SeBytes("keys", "cck.bin"), secrets.Cck.ToArray());

        secrets.Dispose();

        Assert.Throws<ObjectDisposedException>(() => secrets.Cck.ToArray());
        Assert.Equal("***", key.ToString());
    }
}
