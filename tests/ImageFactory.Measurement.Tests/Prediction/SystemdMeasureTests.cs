using System.Globalization;
using System.Text.Json.Nodes;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Images.Pe;
using ImageFactory.Images.Tests;
using ImageFactory.Images.Uki;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Layout;
using ImageFactory.Measurement.Prediction;
using ImageFactory.Measurement.Stub;
using ImageFactory.Measurement.Tests.Support;

namespace ImageFactory.Measurement.Tests.Prediction;

/// <summary>
/// PCR 11 of UKIs with random content against the systemd-measure of this machine. Only sections that every version measures in the same
/// order are used, so that any version since 252 is a witness.
/// </summary>
[Trait("needs", "systemd-measure")]
public sealed class SystemdMeasureTests
{
    private static readonly string[] Phases = ["enter-initrd", "leave-initrd", "sysinit", "ready"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 8)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Pcr_11_is_what_systemd_measure_says(int seed)
    {
        Random random = new(seed);
        using ScratchFolder folder = new();
        (string Section, string Option, string Path)[] sections =
        [
            (".linux", "--linux", folder.Write("linux", [.. TestDisk.KernelOf("6.12.1-test"), .. RandomBytes(random, 100_000)])),
            (".osrel", "--osrel", folder.Write("osrel", RandomText(random, 300))),
            (".cmdline", "--cmdline", folder.Write("cmdline", RandomText(random, 200))),
            (".initrd", "--initrd", folder.Write("initrd", RandomBytes(random, 200_000))),
        ];
        MemoryStream uki = new();
        await UkiWriter.AppendAsync(
            folder.Write("stub", TestDisk.Stub), sections.Select(s => NewPeSection.FromBytes(s.Section, File.ReadAllBytes(s.Path))), uki, Cancellation);
        BootContent content = await ContentAsync(uki.ToArray());

        foreach (Bank bank in (Bank[])[Bank.Sha256, Bank.Sha384])
        {
            for (int count = 0; count <= Phases.Length; count++)
            {
                string[] phases = Phases[..count];
                string name = bank == Bank.Sha256 ? "sha256" : "sha384";
                string[] files = [.. sections.Select(s => $"{s.Option}={s.Path}")];
                string said = Tool.Run("systemd-measure", ["calculate", "--json=short", $"--bank={name}", $"--phase={(count == 0 ? ":" : string.Join(':', phases))}", .. files]);
                string theirs = (string)JsonNode.Parse(said)![name]![0]!["hash"]!;

                string ours = BootPredictor.Predict(content, new BootSettings { Phases = phases })[Register.Pcr(11)][bank];

                Assert.True(theirs == ours, string.Create(CultureInfo.InvariantCulture, $"{name} after {count} phases: {theirs} by systemd-measure, {ours} by us"));
            }
        }
    }

    private static async Task<BootContent> ContentAsync(byte[] uki)
    {
        IExtentSource source = new StreamSource(new MemoryStream(uki, writable: false), "uki");
        BootLayout layout = new()
        {
            Uki = new EfiProgram(@"\uki", ProgramKind.Uki, source, UkiFile.Read(source)),
            Table = new GptTable(Guid.Empty, 0, []),
            PartitionTableEvent = [],
        };

        // A stub as old as the oldest witness does not measure its own sections, which systemd-measure is not given here.
        return await ContentHasher.HashAsync(layout, "test", Banks.All, StubRules.Of(new StubVersion("252", 252)), new KernelRules("6.12.1", true, true), Cancellation);
    }

    private static byte[] RandomText(Random random, int most) => [.. RandomBytes(random, most).Select(b => (byte)(' ' + (b % 95)))];

    private static byte[] RandomBytes(Random random, int most)
    {
        byte[] bytes = new byte[1 + random.Next(most)];
        random.NextBytes(bytes);
        return bytes;
    }
}
