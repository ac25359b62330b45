using System.Text;
using ImageFactory.Model;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Libvirt;

/// <summary>
/// The connection to the real libvirtd breaks at every message of a publish in turn. Afterwards the image is complete and right, or nothing is left of it;
/// a rerun succeeds.
/// </summary>
[Collection("libvirt")]
[Trait("needs", "libvirtd")]
public sealed class LibvirtFaultMatrixTests(LibvirtDaemon daemon)
{
    private const int Mebi = 1 << 20;

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, false)]
    [InlineData(null, true)]
    [InlineData("podvm", false)]
    [InlineData("podvm", true)]
    public async Task A_broken_connection_leaves_the_image_or_nothing(string? volume, bool arrives)
    {
        StringBuilder matrix = new();
        bool wasCut = true;
        await using LibvirtBench bench = await LibvirtBench.StartAsync(daemon);
        for (int at = 1; wasCut; at++)
        {
            IReadOnlyList<string> before = await PreparedAsync(bench, volume);
            using CuttingSocket socket = new(bench["socket"], daemon.Socket) { CutAt = at, Arrives = arrives };
            bench.Asked = bench.Asked with { Uri = $"qemu:///session?socket={socket.Path}" };

            DestinationResult first = await bench.PublishAsync(Image(bench));

            wasCut = socket.WasCut;
            IReadOnlyList<string> left = bench.Everything();
            matrix.Append($"{at,3} {(arrives ? "answer" : "message")} lost: {(first.Succeeded ? "published" : $"{first.Faults[0].Code} exit {(int)first.Faults[0].ExitCode}")} left {left.Count - before.Count}\n");
            string told = $"{matrix}{string.Join('\n', first.Faults)}\n{string.Join('\n', left)}";
            socket.CutAt = 0;
            if (first.Succeeded)
                await AssertHoldsAsync(bench, volume);
            else
                Assert.True(left.SequenceEqual(before) && first.Faults is [{ ExitCode: ExitCode.Unavailable }], told);
            DestinationResult second = await bench.PublishAsync(Image(bench));
            Assert.True(second.Succeeded, $"{told}{string.Join('\n', second.Faults)}");
            await AssertCompleteAsync(bench, volume, told);
        }

        TestContext.Current.TestOutputHelper!.WriteLine(matrix.ToString());
    }

    /// <summary>What kill -9 leaves: nothing gets through any more, not even to clean up.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("podvm")]
    public async Task After_a_death_at_any_message_a_rerun_completes_the_image(string? volume)
    {
        StringBuilder matrix = new();
        bool wasCut = true;
        await using LibvirtBench bench = await LibvirtBench.StartAsync(daemon);
        for (int at = 1; wasCut; at++)
        {
            IReadOnlyList<string> before = await PreparedAsync(bench, volume);
            using CuttingSocket socket = new(bench["socket"], daemon.Socket) { CutAt = at, Arrives = true, ForEver = true };
            bench.Asked = bench.Asked with { Uri = $"qemu:///session?socket={socket.Path}" };
            DestinationResult first = await bench.PublishAsync(Image(bench));
            wasCut = socket.WasCut;
            IReadOnlyList<string> left = bench.Everything();
            if (volume is not null)
                await AssertOneOrTheOtherAsync(bench, volume);

            // The journal is that of the place, which the way to it is a part of.
            socket.CutAt = 0;
            socket.ForEver = false;
            DestinationResult again = at % 4 == 0 ? await OtherAsync(bench) : await bench.PublishAsync(Image(bench));

            matrix.Append($"{at,3} left {left.Count - before.Count}, then {(again.Succeeded ? "published" : again.Faults[0].Code)}\n");
            Assert.True(again.Succeeded, $"{matrix}{string.Join('\n', again.Faults)}\n{string.Join('\n', left)}");
            if (at % 4 != 0)
                await AssertCompleteAsync(bench, volume, matrix.ToString());
            else
                Assert.InRange(bench.Everything().Count, 2, volume is null && first.Succeeded ? 5 : 2);
        }

        TestContext.Current.TestOutputHelper!.WriteLine(matrix.ToString());
    }

    /// <summary>With a name that is asked for, there is an earlier image.</summary>
    private async Task<IReadOnlyList<string>> PreparedAsync(LibvirtBench bench, string? volume)
    {
        bench.Clear();
        bench.Asked = bench.Asked with { Volume = volume, Uri = daemon.Uri };
        if (volume is not null)
            Assert.True((await bench.PublishAsync(Samples.Image(SparseDisk.MakeFull(bench["before"], Mebi, 3), "before"))).Succeeded);
        return bench.Everything();
    }

    private static PublishableImage Image(LibvirtBench bench) => Samples.Image(SparseDisk.Make(bench["disk"], 3 * Mebi, 2, 1));

    private static Task<DestinationResult> OtherAsync(LibvirtBench bench) => bench.PublishAsync(Samples.Image(SparseDisk.Make(bench["other"], Mebi, 1, 5), "other"));

    private static async Task AssertOneOrTheOtherAsync(LibvirtBench bench, string volume)
    {
        byte[] there = await File.ReadAllBytesAsync(Path.Combine(bench.Folder, volume), Never);
        byte[] before = await File.ReadAllBytesAsync(bench["before"], Never);
        byte[] after = await File.ReadAllBytesAsync(bench["disk"], Never);
        Assert.True(there.AsSpan().SequenceEqual(before) || there.AsSpan().SequenceEqual(after));
    }

    private static async Task AssertHoldsAsync(LibvirtBench bench, string? volume) => Assert.Equal(
        await File.ReadAllBytesAsync(bench["disk"], Never), await File.ReadAllBytesAsync(Path.Combine(bench.Folder, volume ?? $"sample-{Sha256.Of("image").Hex[..12]}.raw"), Never));

    private static async Task AssertCompleteAsync(LibvirtBench bench, string? volume, string told)
    {
        string digest = Sha256.Of("image").Hex[..12];
        string name = volume ?? $"sample-{digest}.raw";
        Assert.True(bench.Everything().SequenceEqual([name, $"{name}.tester.{digest}.imagefactory.json"]), $"{told}\n{string.Join('\n', bench.Everything())}");
        await AssertHoldsAsync(bench, volume);
    }
}
