using ImageFactory.Images.Pe;
using ImageFactory.Images.Uki;
using ImageFactory.Model;

namespace ImageFactory.Images.Tests.Uki;

public sealed class UkiWriterTests
{
    private const string DebianStub = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub";

    private static readonly UkiContent Content = new(
        Vectors.PathOf("uki", "stub.efi"),
        Vectors.PathOf("pe", "kernel.efi"),
        Vectors.PathOf("uki", "initrd.bin"),
        File.ReadAllText(Vectors.PathOf("uki", "os-release")),
        "roothash=00 quiet",
        "6.12.107-test");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_image_is_that_of_ukify_257_byte_for_byte()
    {
        Assert.Equal(Vectors.Bytes("uki", "ukify257.efi"), await WriteAsync(Content));
    }

    [Fact]
    public async Task What_is_written_is_read_back()
    {
        UkiFile uki = UkiFile.Read(MemorySource.Of(await WriteAsync(Content)));

        Assert.Equal("roothash=00 quiet", uki.CommandLine);
        Assert.Equal("6.12.107-test", uki.KernelRelease);
        Assert.Equal(Content.OsRelease, uki.OsRelease);
        Assert.Equal(new StubVersion("257.13-test", 257), uki.Stub);
        Assert.Equal(Vectors.Bytes("pe", "kernel.efi"), uki.Pe.ReadSection(".linux", 1 << 20));
        Assert.Equal(Vectors.Bytes("uki", "initrd.bin"), uki.Pe.ReadSection(".initrd", 1 << 20));
    }

    [Fact]
    public async Task Any_contents_keep_the_alignments_and_come_back_whole()
    {
        using ScratchFolder folder = new();
        Random random = new(20);
        for (int round = 0; round < 100; round++)
        {
            byte[] initrd = new byte[random.Next(0, 20_000)];
            random.NextBytes(initrd);
            string commandLine = new('x', random.Next(0, 3000));
            UkiContent content = Content with { Initrd = folder.Write("initrd", initrd), CommandLine = commandLine };

            UkiFile uki = UkiFile.Read(MemorySource.Of(await WriteAsync(content)));

            Assert.Equal(commandLine, uki.CommandLine);
            Assert.Equal(initrd, uki.Pe.ReadSection(".initrd", 1 << 20));
            AssertSound(uki.Pe);
        }
    }

    [Fact]
    [Trait("needs", "systemd-boot-efi")]
    public async Task Debians_stub_takes_all_sections_and_binutils_can_read_the_result()
    {
        if (!File.Exists(DebianStub))
            Assert.Skip($"{DebianStub} is not installed");
        using ScratchFolder folder = new();
        byte[] image = await WriteAsync(Content with { Stub = DebianStub });

        string listing = Tool.Run("objdump", "-h", folder.Write("uki.efi", image));

        foreach (string name in (string[])[".text", ".sdmagic", ".osrel", ".cmdline", ".uname", ".linux", ".initrd"])
            Assert.Contains($" {name} ", listing, StringComparison.Ordinal);
        AssertSound(PeFile.Read(MemorySource.Of(image)));
    }

    [Fact]
    public async Task A_finished_image_is_no_stub()
    {
        using ScratchFolder folder = new();
        string finished = folder.Write("uki.efi", await WriteAsync(Content));

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => WriteAsync(Content with { Stub = finished }));

        Assert.Equal("IFI304", refused.Faults[0].Code);
    }

    [Fact]
    public async Task A_stub_without_room_for_another_header_is_refused()
    {
        using ScratchFolder folder = new();
        // 1536 bytes of headers, of which 392 are taken before the table and 6 entries are used: 22 more fit.
        NewPeSection[] sections = [.. Enumerable.Range(0, 23).Select(number => NewPeSection.FromText($".s{number}", "x"))];

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(
            () => UkiWriter.AppendAsync(Content.Stub, sections, new MemoryStream(), Cancellation));
        await UkiWriter.AppendAsync(Content.Stub, sections.Take(22), new MemoryStream(), Cancellation);

        Assert.Equal("IFI303", refused.Faults[0].Code);
    }

    [Fact]
    public async Task A_missing_initrd_is_named()
    {
        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => WriteAsync(Content with { Initrd = "/nowhere/initrd" }));

        Assert.Equal("IFI306", refused.Faults[0].Code);
        Assert.Equal("/nowhere/initrd", refused.Faults[0].Where);
    }

    private static async Task<byte[]> WriteAsync(UkiContent content)
    {
        MemoryStream output = new();
        await UkiWriter.WriteAsync(content, output, Cancellation);
        return output.ToArray();
    }

    private static void AssertSound(PeFile pe)
    {
        PeSection before = pe.Sections[0];
        foreach (PeSection section in pe.Sections.Skip(1))
        {
            Assert.Equal(0u, section.RawOffset % pe.Headers.FileAlignment);
            Assert.Equal(0u, section.RawSize % pe.Headers.FileAlignment);
            Assert.True(section.RawOffset >= before.RawOffset + before.RawSize);
            Assert.True(section.VirtualAddress >= before.VirtualAddress + before.VirtualSize);
            before = section;
        }

        Assert.Equal(0u, pe.Headers.SizeOfImage % pe.Headers.SectionAlignment);
        Assert.True(pe.Headers.SizeOfImage >= before.VirtualAddress + before.VirtualSize);
    }
}
