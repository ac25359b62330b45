using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Images.Uki;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Layout;
using ImageFactory.Measurement.Prediction;
using ImageFactory.Measurement.Stub;

namespace ImageFactory.Measurement.Tests.Prediction;

/// <summary>The synthetic UKI through all of the reading and hashing; expected values are those of systemd-measure and of the script that was right on real boots.</summary>
public sealed class SyntheticUkiTests
{
    private static readonly JsonNode Expected = Vectors.Json("pe", "expected.json");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> PeFiles => [.. Expected["files"]!.AsObject().Select(f => f.Key)];

    [Theory]
    [MemberData(nameof(PeFiles))]
    public async Task The_ranges_of_a_program_hash_to_its_authenticode_digest(string file)
    {
        EfiProgram program = Program(file);
        Measurement.Hashing.HashPass pass = new(program.File, Banks.All);
        pass.Add(program.Content.Pe.AuthenticodeRanges().Select(r => Measurement.Hashing.Piece.Of(program.File, r.Offset, r.Length)));

        BankDigests digest = (await pass.RunAsync(Cancellation))[0];

        Assert.Equal((string)Expected["files"]![file]!["authenticodeSha256"]!, digest.Sha256);
        Assert.Equal((string)Expected["files"]![file]!["authenticodeSha384"]!, digest.Sha384);
    }

    [Theory]
    [InlineData(0, false, 257, false)]
    [InlineData(1, true, 257, false)]
    [InlineData(2, true, 257, true)]
    [InlineData(3, false, 252, false)]
    public async Task Each_scenario_gives_its_pcrs(int scenario, bool secureBoot, int stub, bool sidecars)
    {
        JsonNode expected = Expected["scenarios"]![scenario]!;
        BootContent content = await ContentAsync(stub, sidecars);

        BootPrediction prediction = BootPredictor.Predict(content, new BootSettings { SecureBoot = secureBoot });

        Assert.Equal((string)expected["pcr4"]!, prediction[Register.Pcr(4)].Sha256);
        Assert.Equal((string)expected["pcr9"]!, prediction[Register.Pcr(9)].Sha256);
        Assert.Equal((string)expected["pcr12"]!, prediction[Register.Pcr(12)].Sha256);
        if ((string?)expected["kernelCmdline"] is { } line)
            Assert.Equal(line, BootPredictor.KernelCommandLine(content, new BootSettings { SecureBoot = secureBoot }));
    }

    [Fact]
    public async Task Pcr_11_is_that_of_systemd_measure_in_both_banks_and_every_phase()
    {
        BootContent content = await ContentAsync(257, sidecars: false);
        JsonNode expected = Expected["uki.efi"]!["pcr11_systemd_measure"]!;

        foreach ((string bank, JsonNode? values) in expected.AsObject())
        {
            foreach ((string path, JsonNode? value) in values!.AsObject())
            {
                BootPrediction prediction = BootPredictor.Predict(content, new BootSettings { Phases = path.Split(':', StringSplitOptions.RemoveEmptyEntries) });

                Assert.Equal((string)value!, prediction[Register.Pcr(11)][bank == "sha256" ? Bank.Sha256 : Bank.Sha384]);
            }
        }
    }

    [Fact]
    public async Task An_old_stub_measures_fewer_sections()
    {
        BootPrediction prediction = BootPredictor.Predict(await ContentAsync(252, sidecars: false), new BootSettings());

        Assert.Equal((string)Expected["uki.efi"]!["pcr11_order252"]!, prediction[Register.Pcr(11)].Sha256);
    }

    [Theory]
    [InlineData("osReleaseHex")]
    [InlineData("credentialsHex")]
    public void The_archives_are_those_of_the_stub_byte_for_byte(string archive)
    {
        byte[] expected = Convert.FromHexString((string)Expected["cpio"]![archive]!);
        IReadOnlyList<Measurement.Hashing.Piece> pieces = archive == "osReleaseHex"
            ? CpioArchive.OfSection("os-release", Program("uki.efi").Content.Pe.ReadSection(".osrel", 4096))
            : CpioArchive.Of(".extra/credentials", 0x140, 0x100, [("test.cred", Source(Encoding.ASCII.GetBytes("hello-cred"), "test.cred"))]);

        Assert.Equal(expected, pieces.SelectMany(Bytes));
    }

    [Fact]
    public async Task A_stub_that_nobody_booted_is_said_to_be_unverified()
    {
        BootPrediction prediction = BootPredictor.Predict(await ContentAsync(255, sidecars: false), new BootSettings());

        Assert.Equal([9, 11, 12, 13], prediction.NotVerified.Keys.Select(r => r.Index).Order());
    }

    [Theory]
    [InlineData("quiet\n", "quiet")]
    [InlineData("  a\tb\n c ", "a b  c")]
    [InlineData("a\u007fb\0behind", "a b")]
    [InlineData("", "")]
    public void Command_lines_are_tidied_as_the_stub_does(string text, string expected) => Assert.Equal(expected, StubCommandLine.Mangle(text));

    private static async Task<BootContent> ContentAsync(int stub, bool sidecars)
    {
        BootLayout layout = new()
        {
            Uki = Program("uki.efi"),
            Addons = sidecars ? [Program("addon.efi")] : [],
            Credentials = sidecars ? [new Sidecar(@"\x.extra.d\test.cred", "test.cred", Source(Encoding.ASCII.GetBytes("hello-cred"), "test.cred"))] : [],
            Table = new GptTable(Guid.Empty, 0, []),
            PartitionTableEvent = [],
        };
        return await ContentHasher.HashAsync(layout, "test", Banks.All, StubRules.Of(new StubVersion($"{stub}", stub)), new KernelRules("6.12.1", true, true), Cancellation);
    }

    private static EfiProgram Program(string file)
    {
        IExtentSource source = Source(Vectors.Bytes("pe", file), file);
        return new EfiProgram(@"\" + file, ProgramKind.Uki, source, UkiFile.Read(source));
    }

    private static StreamSource Source(byte[] bytes, string name) => new(new MemoryStream(bytes, writable: false), name);

    private static byte[] Bytes(Measurement.Hashing.Piece piece)
    {
        if (piece.Literal is { } literal)
            return literal.ToArray();
        byte[] bytes = new byte[piece.Length];
        piece.Source?.Read(piece.Offset, bytes);
        return bytes;
    }
}
