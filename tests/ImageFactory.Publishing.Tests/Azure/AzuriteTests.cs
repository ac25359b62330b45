using System.Xml.Linq;
using ImageFactory.Publishing.Running;

namespace ImageFactory.Publishing.Tests.Azure;

/// <summary>The whole publish with pages that lie in a blob service of others.</summary>
[Trait("needs", "azurite")]
public sealed class AzuriteTests
{
    private const int Mebi = 1 << 20;

    [Fact]
    public async Task A_disk_reads_back_bit_equal_and_its_holes_were_never_written()
    {
        await using Azurite azurite = await Azurite.StartAsync(Missing, TestContext.Current.CancellationToken);
        await using AzureBench bench = await AzureBench.StartAsync(azurite);
        PublishableImage image = bench.Image((48L * Mebi) - 512, (0, AzureBench.Noise(3 * Mebi)), (8 * Mebi, AzureBench.Noise(6 * Mebi, 2)), (32 * Mebi, new byte[4 * Mebi]));

        DestinationResult result = await bench.PublishAsync(image);

        Assert.Empty(result.Faults);
        byte[] wanted = await File.ReadAllBytesAsync(image.File, TestContext.Current.CancellationToken);
        byte[] there = bench.Arm.ContentOf(AzureBench.Version);
        Assert.Equal((48 * Mebi) + 512, there.Length);
        Assert.True(wanted.AsSpan().SequenceEqual(there.AsSpan(0, wanted.Length)));
        Assert.Equal((9 * Mebi) + 512, result.Publication!.BytesSent);
        string disk = bench.Arm.Server.Lines.First(l => l.Contains("/disks/", StringComparison.Ordinal)).Split("/disks/")[1].Split('?')[0];
        XElement pages = XElement.Parse((await azurite.PageListAsync(disk)).TrimStart('\uFEFF'));
        // Written one after another they may come as several ranges that touch.
        Assert.Equal((9 * Mebi) + 512, pages.Elements("PageRange").Sum(p => (long)p.Element("End")! - (long)p.Element("Start")! + 1));
    }

    /// <summary>In CI it must be there; elsewhere a test that needs it is skipped, and says so.</summary>
    private static void Missing(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(reason);
        Assert.Skip(reason);
    }
}
