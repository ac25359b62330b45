using ImageFactory.Images.Tests;
using ImageFactory.Measurement.Tests.Support;
using ImageFactory.Measurement.Verity;

namespace ImageFactory.Measurement.Tests.Verity;

public sealed class RootBindingTests
{
    [Fact]
    [Trait("needs", "veritysetup")]
    public async Task Veritysetup_finds_the_data_below_the_root_hash_that_is_measured()
    {
        using ScratchFolder folder = new();
        TestDisk disk = new();
        string path = await disk.WriteAsync(folder);

        ImageMeasurements result = await ImageMeasurer.MeasureAsync(path, "disk", null, new MeasureSettings(), TestContext.Current.CancellationToken);

        RootBinding root = result.Root!;
        Assert.Equal((root.RootHash, root.RootHash), (root.OfData!, root.OfStoredTree!));

        // Partitions lie at steps of 1 MiB, the EFI system partition takes 4.
        byte[] bytes = File.ReadAllBytes(path);
        string data = folder.Write("data", bytes.AsSpan(5 << 20, disk.Root.Length));
        string tree = folder.Write("tree", bytes.AsSpan(6 << 20, 3 * 4096));
        Tool.Run("veritysetup", "verify", data, tree, root.RootHash.Hex);
        Assert.NotEqual(0, Tool.Try("veritysetup", "verify", data, tree, new string('a', 64)).ExitCode);
    }
}
