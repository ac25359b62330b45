using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Format;
using ImageFactory.SecureExecution.Reading;
using ImageFactory.SecureExecution.Tests.Support;
using ImageFactory.SecureExecution.Tests.Writing;
using ImageFactory.SecureExecution.Unpack;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Tests.Unpack;

public sealed class UnpackCheckTests
{
    public static TheoryData<string> Cases => [.. GoldenCaseTests.Cases.Select(c => c.Data).Where(c => c != "c09-xflags")];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_machine_takes_pvimgs_image(string name)
    {
        SecureImage image = Open(name);
        using SecretBytes headerKey = HeaderKeyFromMachine(image);

        UnpackReport report = UnpackCheck.Run(image, headerKey, expected: null, TestContext.Current.CancellationToken);

        Assert.Empty(report.Faults);
        Assert.Equal(ComponentKind.Kernel, report.Components[0].Kind);
        string kernel = name == "c03-aligned" ? "kernel-73728.bin" : "kernel-70001.bin";
        Assert.Equal(Sha256.Of(Vectors.SeBytes("inputs", kernel)), report.Components[0].Content);
    }

    [Fact]
    public void An_own_start_address_is_told()
    {
        SecureImage image = Open("c09-xflags");
        using SecretBytes headerKey = HeaderKeyFromMachine(image);

        UnpackReport report = UnpackCheck.Run(image, headerKey, expected: null, TestContext.Current.CancellationToken);

        Assert.Equal("IFS516", Assert.Single(report.Faults).Code);
    }

    [Fact]
    public void The_content_is_compared_with_the_inputs()
    {
        SecureImage image = Open("c02-full");
        using SecretBytes headerKey = HeaderKeyFromMachine(image);

        Assert.Empty(UnpackCheck.Run(image, headerKey, FullInputs, TestContext.Current.CancellationToken).Faults);
        UnpackExpectations other = FullInputs with { Ramdisk = ComponentSource.File(Vectors.Se("inputs", "initrd-8192.bin")), CommandLine = null };
        UnpackReport report = UnpackCheck.Run(image, headerKey, other, TestContext.Current.CancellationToken);

        Assert.Equal(["IFS519", "IFS521"], report.Faults.Select(f => f.Code).Order());
        Assert.Contains(report.Faults, f => f.Message.Contains("ramdisk", StringComparison.Ordinal));
    }

    [Fact]
    public void A_machine_without_a_slot_is_told_so()
    {
        SecureImage image = Open("c01-min");
        using ECDiffieHellman machine = ECDiffieHellman.Create();
        machine.ImportFromPem(File.ReadAllText(Vectors.Se("certs", "host2.key")));

        FactoryException exception = Assert.Throws<FactoryException>(() => HeaderKeyRecovery.FromHostKey(image.Header, machine, "x"));

        Assert.Equal("IFS510", exception.Faults[0].Code);
    }

    /// <summary>The map of c02-full (SE format, section 16): part, its first byte, its length, and the codes of which one must be told.</summary>
    public static TheoryData<string, int, int, string[]> Parts => new()
    {
        { "short PSW", 0, 8, ["IFS501"] },
        { "gap before the metadata", 8, 0xC000 - 8, ["IFS502"] },
        { "metadata magic", 0xC000, 8, ["IFS502"] },
        { "metadata header offset", 0xC008, 8, ["IFS401", "IFS411", "IFS502", "IFS503"] },
        { "metadata IPIB offset", 0xC014, 8, ["IFS505"] },
        { "gap before stage3a", 0xC000 + 28, 0x10000 - 0xC000 - 28, ["IFS502"] },
        { "stage3a", 0x10000, 11000 - 24, ["IFS504"] },
        { "stage3a arguments", 0x10000 + 11000 - 24, 24, ["IFS502", "IFS503", "IFS505", "IFS506"] },
        { "gap before the header", 0x10000 + 11000, 0x14000 - 0x10000 - 11000, ["IFS502"] },
        { "header version", 0x14008, 4, ["IFS402"] },
        { "header IV", 0x14010, 12, ["IFS407"] },
        { "header flags", 0x14038, 8, ["IFS407"] },
        { "customer key", 0x14040, 160, ["IFS409", "IFS511", "IFS407"] },
        { "PLD", 0x140E0, 64, ["IFS513"] },
        { "ALD", 0x14120, 64, ["IFS514"] },
        { "TLD", 0x14160, 64, ["IFS515"] },
        { "own key slot", 0x141A0 + 32, 48, ["IFS511", "IFS407"] },
        { "other key slot", 0x141A0 + 80, 80, ["IFS407"] },
        { "secret area", 0x14240, 128, ["IFS407"] },
        { "tag", 0x142C0, 16, ["IFS407"] },
        { "gap behind the header", 0x142D0, 0x15000 - 0x142D0, ["IFS502"] },
        { "kernel", 0x15000, 70001, ["IFS513"] },
        { "kernel padding", 0x15000 + 70001, 0x27000 - 0x15000 - 70001, ["IFS513"] },
        { "ramdisk", 0x27000, 12345, ["IFS513"] },
        { "command line", 0x2B000, 72, ["IFS513"] },
        { "stage3b", 0x2C000, 0x2000, ["IFS513"] },
        { "IPIB", 0x2E000, 0x88, ["IFS506", "IFS507"] },
        { "IPIB tweak", 0x2E08A, 6, ["IFS515"] },
        { "IPIB address", 0x2E090, 8, ["IFS506", "IFS508"] },
    };

    [Theory]
    [MemberData(nameof(Parts))]
    public void No_byte_can_change_unseen(string part, int start, int length, string[] codes)
    {
        byte[] golden = Vectors.SeBytes("cases", "c02-full", "se.img");
        Random random = new(part.Length + start);
        for (int round = 0; round < 12; round++)
        {
            byte[] changed = [.. golden];
            int at = round == 0 ? start : round == 1 ? start + length - 1 : start + random.Next(length);
            changed[at] ^= (byte)(1 << random.Next(8));

            List<string> found = Check(changed);

            Assert.True(found.Intersect(codes).Any(), $"{part}: byte 0x{at:x} changed, found [{string.Join(", ", found)}]");
        }
    }

    [Fact]
    public void A_changed_page_is_named_by_its_component()
    {
        byte[] changed = Vectors.SeBytes("cases", "c02-full", "se.img");
        changed[0x28123] ^= 0x40;
        SecureImage image = SecureImage.Open(new MemoryStream(changed), "se.img");
        using SecretBytes headerKey = HeaderKeyFromMachine(image);

        UnpackReport report = UnpackCheck.Run(image, headerKey, FullInputs, TestContext.Current.CancellationToken);

        Fault fault = Assert.Single(report.Faults, f => f.Code == "IFS519");
        Assert.Contains("ramdisk", fault.Message, StringComparison.Ordinal);
        Assert.Contains(report.Faults, f => f.Code == "IFS513");
    }

    [Fact]
    public void Bytes_behind_the_end_are_seen()
    {
        byte[] longer = [.. Vectors.SeBytes("cases", "c02-full", "se.img"), 0];

        Assert.Contains("IFS509", Check(longer));
    }

    private static UnpackExpectations FullInputs => new()
    {
        Kernel = ComponentSource.File(Vectors.Se("inputs", "kernel-70001.bin")),
        Ramdisk = ComponentSource.File(Vectors.Se("inputs", "initrd-12345.bin")),
        CommandLine = ComponentSource.File(Vectors.Se("inputs", "cmdline-plain.txt")),
        LoaderFolder = Vectors.Se("loaders"),
    };

    private static SecureImage Open(string name) => SecureImage.Open(new MemoryStream(Vectors.SeBytes("cases", name, "se.img")), name);

    private static SecretBytes HeaderKeyFromMachine(SecureImage image)
    {
        using ECDiffieHellman machine = ECDiffieHellman.Create();
        machine.ImportFromPem(File.ReadAllText(Vectors.Se("certs", "host.key")));
        return HeaderKeyRecovery.FromHostKey(image.Header, machine, image.Place);
    }

    private static List<string> Check(byte[] bytes)
    {
        List<string> found = [];
        try
        {
            SecureImage image = SecureImage.Open(new MemoryStream(bytes), "se.img");
            try
            {
                using SecretBytes headerKey = HeaderKeyFromMachine(image);
                found.AddRange(UnpackCheck.Run(image, headerKey, FullInputs, TestContext.Current.CancellationToken).Faults.Select(f => f.Code));
            }
            catch (FactoryException exception)
            {
                found.AddRange(exception.Faults.Select(f => f.Code));
                using SecretBytes ownersKey = new(Vectors.SeBytes("keys", "hdr-key.bin"));
                found.AddRange(UnpackCheck.Run(image, ownersKey, FullInputs, TestContext.Current.CancellationToken).Faults.Select(f => f.Code));
            }
        }
        catch (FactoryException exception)
        {
            found.AddRange(exception.Faults.Select(f => f.Code));
        }

        return found;
    }
}
