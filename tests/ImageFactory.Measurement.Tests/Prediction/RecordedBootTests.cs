using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Uki;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Hashing;
using ImageFactory.Measurement.Prediction;
using ImageFactory.Measurement.Stub;

namespace ImageFactory.Measurement.Tests.Prediction;

/// <summary>Predictions from what went into the recorded boots, held against what the guests read from their TPMs.</summary>
public sealed class RecordedBootTests
{
    private static readonly int[] Predicted = [2, 3, 4, 9, 11, 12, 13];

    public static TheoryData<string> Boots => [.. Vectors.Boots];

    [Theory]
    [MemberData(nameof(Boots))]
    public void The_prediction_is_what_the_guest_read(string boot)
    {
        JsonNode inputs = Vectors.Json("boot", boot, "inputs.json");
        JsonNode real = Vectors.Json("boot", boot, "pcrs.json");

        // The full Debian has systemd's phase units; the others have a small initrd that reads at once.
        IReadOnlyList<string> phases = boot == "verity-full-systemd" ? BootPhases.All : [];
        BootPrediction prediction = BootPredictor.Predict(ContentOf(inputs), new BootSettings { SecureBoot = (bool)inputs["secureBoot"]!, Phases = phases });

        foreach (int pcr in Predicted)
            Assert.Equal($"{pcr}: {real[$"{pcr}"]}", $"{pcr}: {prediction[Register.Pcr(pcr)].Sha256}");
        Assert.Equal(Predicted.Select(Register.Pcr), prediction.Predicted);
        Assert.Empty(prediction.NotVerified);
    }

    [Theory]
    [MemberData(nameof(Boots))]
    public void The_kernel_command_line_is_the_one_that_was_seen(string boot)
    {
        JsonNode inputs = Vectors.Json("boot", boot, "inputs.json");

        Assert.Equal((string)inputs["kernelCmdline"]!, BootPredictor.KernelCommandLine(ContentOf(inputs), new BootSettings { SecureBoot = (bool)inputs["secureBoot"]! }));
    }

    [Theory]
    [MemberData(nameof(Boots))]
    public async Task The_archives_that_the_stub_makes_are_rebuilt(string boot)
    {
        JsonNode inputs = Vectors.Json("boot", boot, "inputs.json");
        List<Piece> osRelease = [.. CpioArchive.OfSection("os-release", Encoding.UTF8.GetBytes((string)inputs["osrel"]!))];
        List<Piece> credentials = [.. CpioArchive.Of(".extra/credentials", 0x140, 0x100, inputs["credentials"]!.AsObject()
            .Select(c => (c.Key, (IExtentSource)new StreamSource(new MemoryStream(Encoding.UTF8.GetBytes((string)c.Value!)), c.Key))))];
        HashPass pass = new(new StreamSource(new MemoryStream(), "nothing"), [Bank.Sha256]);
        pass.Add(osRelease);
        pass.Add(credentials);

        IReadOnlyList<BankDigests> digests = await pass.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal((string)inputs["generatedCpio"]!["osrel"]!, digests[0].Sha256);
        if ((string?)inputs["generatedCpio"]!["credentials"] is { } expected)
            Assert.Equal(expected, digests[1].Sha256);
    }

    [Fact]
    public void Phases_come_after_the_value_without_any()
    {
        JsonNode inputs = Vectors.Json("boot", "verity-full-systemd", "inputs.json");

        BootPrediction prediction = BootPredictor.Predict(ContentOf(inputs), new BootSettings());

        Assert.Equal((string)inputs["expected"]!["11_no_phase"]!, prediction[Register.Pcr(11)].Sha256);
    }

    private static BootContent ContentOf(JsonNode inputs)
    {
        List<MeasuredItem> images = [.. inputs["pcr4Images"]!.AsArray().Select(i => Item((string)i!["name"]!, (string)i["authenticode"]!))];
        int uki = images.FindIndex(i => i.What == "UKI");
        MeasuredItem? kernel = images.Find(i => i.What.StartsWith(".linux", StringComparison.Ordinal));
        string? credentials = (string?)inputs["generatedCpio"]!["credentials"];
        int major = int.Parse((string)inputs["stubVersion"]!, System.Globalization.CultureInfo.InvariantCulture);
        return new BootContent
        {
            Stub = StubRules.Of(new StubVersion($"{major}", major)),
            KernelRules = new KernelRules("6.12.107+deb13-cloud-amd64", true, true),
            Loaders = images[..uki],
            Uki = images[uki],
            Addons = [.. images[(uki + 1)..].Where(i => i != kernel)],
            Kernel = kernel,
            Sections = [.. inputs["pcr11Sections"]!.AsArray().Select(s => ((string)s!["name"]!, Item((string)s["name"]!, (string)s["sha256"]!)))],
            CommandLine = (string)inputs["embeddedCmdline"]!,
            AddonCommandLines = [.. inputs["addonCmdlines"]!.AsArray().Select(c => (string)c!)],
            PassedCommandLine = (string?)inputs["passedCmdline"] ?? "",
            Credentials = credentials is null ? null : Item("credentials", credentials),
            Initrd = Item("initrd", (string)inputs["initrdStream"]!["sha256"]!),
        };
    }

    private static MeasuredItem Item(string what, string sha256) => new(what, null, new BankDigests(sha256));
}
