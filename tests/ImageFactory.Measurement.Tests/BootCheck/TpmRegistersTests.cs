using ImageFactory.Measurement.BootCheck.Tpm;
using ImageFactory.Measurement.Events;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Tests.BootCheck;

public sealed class TpmRegistersTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_TPM_that_answers_eight_registers_at_a_time_is_asked_until_it_gave_all()
    {
        Talk tpm = new([.. Enumerable.Range(0, 3).SelectMany(part => Answer(0xffu << (8 * part), 8, 32, (byte)part))]);

        IReadOnlyDictionary<int, string> registers = await TpmRegisters.ReadAsync(tpm, Bank.Sha256, Cancellation);

        Assert.Equal(Enumerable.Range(0, 24), registers.Keys);
        Assert.Equal(string.Concat(Enumerable.Repeat("02", 32)), registers[23]);

        // TPM2_PCR_Read of SHA-256, PCR 0 to 23, by hand from the tables of part 3, section 22.4.
        Assert.Equal("8001000000140000017e00000001000b03ffffff", Convert.ToHexStringLower(tpm.Heard.AsSpan(0, 20)));
        Assert.Equal("8001000000140000017e00000001000b0300ffff", Convert.ToHexStringLower(tpm.Heard.AsSpan(20, 20)));
    }

    [Fact]
    public async Task A_bank_that_the_TPM_lacks_gives_no_registers()
    {
        Talk tpm = new(Answer(0, 0, 32, 0));

        Assert.Empty(await TpmRegisters.ReadAsync(tpm, Bank.Sha256, Cancellation));
    }

    [Theory]
    [InlineData("80010000000a00000101", "IFB303")] // TPM_RC_FAILURE
    [InlineData("8001ffffffff00000000", "IFB302")] // a size beyond all bounds
    [InlineData("80010000000400000000", "IFB302")] // a size less than a header
    [InlineData("8001", "IFB302")]
    [InlineData("", "IFB302")]
    public async Task Another_answer_is_a_fault(string hex, string code)
    {
        Talk tpm = new(Convert.FromHexString(hex));

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => TpmRegisters.ReadAsync(tpm, Bank.Sha256, Cancellation));

        Assert.Equal(code, Assert.Single(refused.Faults).Code);
    }

    [Fact]
    public async Task Whatever_a_TPM_answers_is_read_or_refused()
    {
        byte[] good = [.. Enumerable.Range(0, 3).SelectMany(part => Answer(0xffu << (8 * part), 8, 32, (byte)part))];
        Random random = new(20261121);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = [.. good];
            for (int change = random.Next(1, 4); change > 0; change--)
                bytes[random.Next(random.Next(4) == 0 ? bytes.Length : 40)] = (byte)random.Next(256);
            try
            {
                Assert.InRange((await TpmRegisters.ReadAsync(new Talk(bytes), Bank.Sha256, Cancellation)).Count, 0, 24);
            }
            catch (FactoryException e)
            {
                Assert.StartsWith("IFB30", e.Faults[0].Code, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task State_that_cannot_be_is_refused_without_room_for_it()
    {
        // GET_STATEBLOB: result 0, flags 0, 4 GiB in all, of which 4 GiB come now.
        Talk channel = new(Convert.FromHexString("0000000000000000ffffffffffffffff"));
        using SwtpmControl control = new(channel);

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => control.SaveAsync(TpmBlobKind.Volatile, Cancellation));

        Assert.Equal("IFB302", Assert.Single(refused.Faults).Code);
    }

    private static byte[] Answer(uint bits, int count, int size, byte fill)
    {
        byte[] body =
        [
            0, 0, 0, 1, 0, 0, 0, 1, 0, 0x0b, 3, (byte)bits, (byte)(bits >> 8), (byte)(bits >> 16), 0, 0, 0, (byte)count,
            .. Enumerable.Range(0, count).SelectMany(_ => (byte[])[0, (byte)size, .. Enumerable.Repeat(fill, size)]),
        ];
        int length = body.Length + 10;
        return [0x80, 0x01, 0, 0, (byte)(length >> 8), (byte)length, 0, 0, 0, 0, .. body];
    }

    /// <summary>Says what it was told to, hears everything.</summary>
    private sealed class Talk(byte[] says) : MemoryStream
    {
        private int position;

        public byte[] Heard => ToArray();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = Math.Min(buffer.Length, says.Length - position);
            says.AsMemory(position, count).CopyTo(buffer);
            position += count;
            return ValueTask.FromResult(count);
        }
    }
}
