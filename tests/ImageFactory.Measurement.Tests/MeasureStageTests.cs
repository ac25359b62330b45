using ImageFactory.Measurement.Tests.Support;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Measurement.Tests;

/// <summary>What an image that was made elsewhere may be like.</summary>
[Trait("needs", "mtools")]
public sealed class MeasureStageTests : IDisposable
{
    private readonly ScratchFolder folder = new();
    private readonly Log said = new();

    [Fact]
    public async Task A_finished_image_of_one_UKI_is_measured_as_our_own_is()
    {
        await new TestDisk().WriteAsync(folder);

        string[] files = await RunAsync(madeElsewhere: true);

        Assert.Contains("measurements.json", files);
        Assert.Contains("rvps-reference-values.yaml", files);
        Assert.Empty(said.Warnings);
    }

    [Theory]
    [InlineData("grub", "IFM104")]
    [InlineData("no root hash", "IFM201")]
    [InlineData("no partitions", "IFI202")]
    public async Task What_cannot_be_predicted_of_a_finished_image_is_told_and_no_values_are_made(string what, string code)
    {
        TestDisk disk = new() { UkiPath = what == "grub" ? "/EFI/Linux/podvm.efi" : "/EFI/BOOT/BOOTX64.EFI", RootHashInUki = what != "no root hash" };
        if (what == "grub")
            disk.Files["/EFI/BOOT/BOOTX64.EFI"] = TestDisk.Loader("grub");
        if (what == "no partitions")
            folder.Write("disk.raw", new byte[1 << 20]);
        else
            await disk.WriteAsync(folder);

        string[] files = await RunAsync(madeElsewhere: true);
        FactoryException own = await Assert.ThrowsAsync<FactoryException>(() => RunAsync(madeElsewhere: false));

        Assert.Empty(files);
        Assert.Equal([code, "IFM407"], said.Warnings.Select(w => w.Code));
        Assert.All(said.Warnings, w => Assert.Equal(Severity.Warning, w.Severity));
        Assert.Contains(own.Faults, f => f.Code == code && f.Severity == Severity.Error);
    }

    [Fact]
    public async Task A_finished_image_whose_root_was_changed_ends_the_build()
    {
        string path = await new TestDisk().WriteAsync(folder);
        byte[] bytes = File.ReadAllBytes(path);
        int root = bytes.AsSpan().IndexOf(new TestDisk().Root.AsSpan(0, 4096));
        bytes[root + 100] ^= 1;
        File.WriteAllBytes(path, bytes);

        FactoryException fault = await Assert.ThrowsAsync<FactoryException>(() => RunAsync(madeElsewhere: true));

        Assert.Equal(["IFM205"], fault.Faults.Select(f => f.Code));
    }

    public void Dispose() => folder.Dispose();

    /// <returns>The names of the files that the stage left.</returns>
    private async Task<string[]> RunAsync(bool madeElsewhere)
    {
        MeasureStage stage = new(("disk", "disk.raw"), new MeasurementSettings(), null) { MadeElsewhere = madeElsewhere };
        DirectoryInfo output = Directory.CreateDirectory(folder[$"output-{madeElsewhere}"]);
        await using CleanUpStack cleanUp = new();
        await stage.RunAsync(
            new StageScope
            {
                Output = output,
                Inputs = new Dictionary<string, DirectoryInfo> { ["disk"] = new(Path.GetDirectoryName(folder["disk.raw"])!) },
                Work = Directory.CreateDirectory(folder["work"]),
                Cache = Directory.CreateDirectory(folder["cache"]),
                Programs = new NoPrograms(),
                Log = said,
                CleanUp = cleanUp,
            },
            TestContext.Current.CancellationToken);
        return [.. output.GetFiles().Select(f => f.Name)];
    }

    private sealed class NoPrograms : IProgramRunner
    {
        public Task<ProgramResult> RunAsync(ProgramCall call, CancellationToken cancellation) => throw new InvalidOperationException("measuring starts no program");
    }

    private sealed class Log : IStageLog
    {
        public List<Fault> Warnings { get; } = [];

        public void Info(string text)
        {
        }

        public void Progress(long done, long total, string unit)
        {
        }

        public void Warn(Fault fault) => Warnings.Add(fault);
    }
}
