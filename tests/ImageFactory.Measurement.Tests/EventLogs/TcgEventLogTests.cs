using System.Buffers.Binary;
using System.Text.Json.Nodes;
using ImageFactory.Measurement.EventLogs;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Tests.EventLogs;

public sealed class TcgEventLogTests
{
    /// <summary>Registers that userspace extends after the log of the firmware ends: phases, initdata, IMA, machine id, and the debug register.</summary>
    private static readonly int[] Later = [8, 10, 11, 15, 16, 23];

    public static TheoryData<string> Boots => [.. Vectors.Boots];

    [Theory]
    [MemberData(nameof(Boots))]
    public void A_replay_gives_the_registers_that_the_guest_read(string boot)
    {
        IReadOnlyDictionary<int, byte[]> replayed = Read(boot).Replay(TcgAlgorithm.Sha256);
        JsonNode pcrs = Vectors.Json("boot", boot, "pcrs.json");

        Assert.Contains(4, replayed.Keys);
        foreach ((string name, JsonNode? value) in pcrs.AsObject())
        {
            int pcr = int.Parse(name);
            if (!Later.Contains(pcr))
                Assert.Equal((string)value!, replayed.TryGetValue(pcr, out byte[]? found) ? Convert.ToHexStringLower(found) : new string('0', 64));
        }
    }

    [Fact]
    public void Phases_come_after_the_log_and_give_the_register_that_the_guest_read()
    {
        byte[] register = Read("verity-full-systemd").Replay(TcgAlgorithm.Sha256)[11];

        Assert.Equal("da6fac83388e856f5e1a2c878cf244f66d2fe404f64e5b869393f1eeaa6b0531", Convert.ToHexStringLower(register));
        foreach (string line in File.ReadLines(Vectors.PathOf("boot", "verity-full-systemd", "tpm2-measure.jsonl")))
        {
            JsonNode extended = JsonNode.Parse(line.Trim('\u001e'))!;
            string digest = (string)extended["digests"]!.AsArray().Single(d => (string)d!["hashAlg"]! == "sha256")!["digest"]!;
            if ((int)extended["pcr"]! == 11)
                register = TcgAlgorithms.Extend(TcgAlgorithm.Sha256, register, Convert.FromHexString(digest));
        }

        Assert.Equal((string)Vectors.Json("boot", "verity-full-systemd", "pcrs.json")["11"]!, Convert.ToHexStringLower(register));
    }

    [Fact]
    public void Every_bank_of_the_log_can_be_replayed()
    {
        TcgEventLog log = Read("direct-uki");

        Assert.Equal([TcgAlgorithm.Sha1, TcgAlgorithm.Sha256, TcgAlgorithm.Sha384, TcgAlgorithm.Sha512], log.Banks);

        // PCR 2 of every bank: one separator, so H(0… ‖ H(00000000)); computed with Python's hashlib.
        Assert.Equal("b2a83b0ebf2f8374299a5b2bdfc31ea955ad7236", Convert.ToHexStringLower(log.Replay(TcgAlgorithm.Sha1)[2]));
        Assert.Equal(
            "518923b0f955d08da077c96aaba522b9decede61c599cea6c41889cfbea4ae4d50529d96fe4d1afdafb65e7f95bf23c4",
            Convert.ToHexStringLower(log.Replay(TcgAlgorithm.Sha384)[2]));
    }

    [Theory]
    [InlineData("direct-uki", @"Calling EFI Application from Boot Option|separator|\EFI\BOOT\BOOTX64.EFI|image in memory", 4)]
    [InlineData("shim-uki-secureboot", @"Calling EFI Application from Boot Option|separator|\EFI\BOOT\BOOTX64.EFI|\EFI\BOOT\grubx64.efi|\EFI\BOOT\grubx64.efi.extra.d\verity.addon.efi", 4)]
    [InlineData("direct-uki", "LOADED_IMAGE::LoadOptions|Linux initrd", 9)]
    [InlineData("direct-uki", ".linux|.linux|.osrel|.osrel|.cmdline|.cmdline|.initrd|.initrd|.uname|.uname|.sbat|.sbat", 11)]
    [InlineData("shim-uki-secureboot", "MokList|MokListX|MokListTrusted", 14)]
    public void An_event_says_what_it_is_about(string boot, string texts, int pcr)
    {
        string[] found = [.. Read(boot).Events.Where(e => e.Pcr == pcr).Select(TcgEventText.Of)];

        Assert.Equal(texts.Split('|'), found);
    }

    [Fact]
    public void The_start_locality_sets_the_last_byte_of_the_first_register()
    {
        byte[] log = [.. Header(TcgAlgorithm.Sha256, 32), .. Event(0, 3, [], [.. "StartupLocality\0"u8, 3])];

        byte[] register = TcgEventLog.Parse(log, "log").Replay(TcgAlgorithm.Sha256)[0];

        Assert.Equal(new string('0', 62) + "03", Convert.ToHexStringLower(register));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0xff)]
    public void Padding_of_a_table_in_memory_is_no_event(byte with)
    {
        byte[] log = Vectors.Bytes("boot", "direct-uki", "eventlog.bin");
        byte[] padded = [.. log, .. Enumerable.Repeat(with, 4096)];

        Assert.Equal(Read("direct-uki").Events.Count, TcgEventLog.Parse(padded, "log").Events.Count);
    }

    [Fact]
    public void A_log_that_is_cut_anywhere_within_an_event_is_refused()
    {
        byte[] log = Vectors.Bytes("boot", "direct-uki", "eventlog.bin");
        HashSet<long> ends = [.. TcgEventLog.Parse(log, "log").Events.Select(e => e.Offset)];

        for (int length = 0; length < log.Length; length++)
        {
            // Trailing zeros of a cut record read like padding; a cut between two records is not seen by anybody.
            if (ends.Contains(length) || log[..length] is [.., 0 or 0xff])
                continue;
            FactoryException refused = Assert.Throws<FactoryException>(() => TcgEventLog.Parse(log.AsMemory(0, length), "log"));
            Assert.Contains(refused.Faults[0].Code, (string[])["IFM501", "IFM502"]);
        }
    }

    [Fact]
    public void A_log_of_a_TPM_1_2_is_refused_with_its_own_fault()
    {
        byte[] log = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(log.AsSpan(4), 8);
        BinaryPrimitives.WriteUInt32LittleEndian(log.AsSpan(28), 32);

        Assert.Equal("IFM502", Assert.Single(Assert.Throws<FactoryException>(() => TcgEventLog.Parse(log, "log")).Faults).Code);
    }

    [Theory]
    [InlineData(24u, 4u, 0x0b, "no register 24")]
    [InlineData(0xffff_ffffu, 4u, 0x0b, "names no register")]
    [InlineData(4u, 4u, 0x0c, "not announced")]
    public void What_cannot_be_is_refused_with_its_place(uint pcr, uint type, ushort algorithm, string says)
    {
        byte[] header = Header(TcgAlgorithm.Sha256, 32);
        byte[] log = [.. header, .. Event(pcr, type, [((TcgAlgorithm)algorithm, new byte[32])], [1])];

        Fault fault = Assert.Single(Assert.Throws<FactoryException>(() => TcgEventLog.Parse(log, "log")).Faults);

        Assert.Equal("IFM501", fault.Code);
        Assert.StartsWith("log@0x", fault.Where, StringComparison.Ordinal);
        Assert.Contains(says, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bank_that_the_log_lacks_is_a_fault()
    {
        TcgEventLog log = TcgEventLog.Parse(Header(TcgAlgorithm.Sha384, 48), "log");

        Assert.Equal("IFM503", Assert.Single(Assert.Throws<FactoryException>(() => log.Replay(TcgAlgorithm.Sha256)).Faults).Code);
    }

    [Fact]
    public async Task A_file_that_is_too_long_is_not_read_to_its_end()
    {
        string path = Path.GetTempFileName();
        try
        {
            await using (FileStream file = File.OpenWrite(path))
                file.SetLength(1L << 40);

            FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => TcgEventLog.ReadAsync(path, TestContext.Current.CancellationToken));

            Assert.Equal("IFM504", Assert.Single(refused.Faults).Code);
        }
        finally
        {
            File.Delete(path);
        }
    }

    internal static TcgEventLog Read(string boot) => TcgEventLog.Parse(Vectors.Bytes("boot", boot, "eventlog.bin"), boot);

    private static byte[] Header(TcgAlgorithm algorithm, ushort size) =>
    [
        0, 0, 0, 0, 3, 0, 0, 0, .. new byte[20], 33, 0, 0, 0,
        .. "Spec ID Event03\0"u8, 0, 0, 0, 0, 0, 2, 0, 2, 1, 0, 0, 0, (byte)algorithm, 0, (byte)size, 0, 0,
    ];

    private static byte[] Event(uint pcr, uint type, (TcgAlgorithm Algorithm, byte[] Digest)[] digests, byte[] data) =>
    [
        .. Number(pcr), .. Number(type), .. Number((uint)digests.Length),
        .. digests.SelectMany(d => (byte[])[(byte)d.Algorithm, 0, .. d.Digest]),
        .. Number((uint)data.Length), .. data,
    ];

    private static byte[] Number(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
