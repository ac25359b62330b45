using System.Text;
using ImageFactory.Model;
using ImageFactory.Publishing.Journal;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;
using ImageFactory.Publishing.Tests.Support.Http;

namespace ImageFactory.Publishing.Tests.Gcp;

/// <summary>
/// Something goes wrong at every request of a publish in turn. Afterwards the image is complete and right, or nothing is left; a rerun succeeds.
/// </summary>
public sealed class GcpFaultMatrixTests
{
    private static readonly string Name = "sample-" + Sha256.Of("image").Hex[..12];

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Unavailable")]
    [InlineData("Throttled")]
    [InlineData("ResetBefore")]
    [InlineData("ResetAfter")]
    [InlineData("Truncated")]
    [InlineData("Slow")]
    public async Task A_passing_failure_of_any_request_is_got_over(string kind)
    {
        (int requests, byte[] archive) = await CleanAsync();
        StringBuilder matrix = new();
        for (int at = 0; at < requests; at++)
        {
            await using GcpBench bench = await StartAsync();
            Break(bench, at, Enum.Parse<Mishap>(kind));

            DestinationResult result = await bench.PublishAsync(Image(bench));

            matrix.Append($"{at,3} {kind,-11} {(result.Succeeded ? "published" : result.Faults[0].Code)} {Shape(bench, at)}\n");
            Assert.True(result.Succeeded, $"{matrix}{string.Join('\n', result.Faults)}\n{string.Join('\n', bench.Google.Server.Lines)}");
            AssertComplete(bench, archive, matrix);
        }

        TestContext.Current.TestOutputHelper!.WriteLine(matrix.ToString());
    }

    [Fact]
    public async Task A_refusal_of_any_request_leaves_nothing_and_a_rerun_succeeds()
    {
        (int requests, byte[] archive) = await CleanAsync();
        StringBuilder matrix = new();
        for (int at = 0; at < requests; at++)
        {
            await using GcpBench bench = await StartAsync();
            IReadOnlyList<string> before = bench.Everything();
            Break(bench, at, Mishap.Refused);

            DestinationResult failed = await bench.PublishAsync(Image(bench));
            IReadOnlyList<string> left = bench.Everything();
            bench.Google.Server.Fault = _ => null;
            DestinationResult again = await bench.PublishAsync(Image(bench));

            matrix.Append($"{at,3} refused {(failed.Succeeded ? "published" : $"{failed.Faults[0].Code} exit {(int)failed.Faults[0].ExitCode}")} left {left.Count - before.Count} {Shape(bench, at)}\n");
            string told = $"{matrix}{string.Join('\n', failed.Faults)}\n{string.Join('\n', left)}";
            Assert.True(!failed.Succeeded && failed.Faults is [{ Code: "IFU504" or "IFU505", ExitCode: ExitCode.NotPermitted or ExitCode.Configuration }], told);
            Assert.True(left.SequenceEqual(before), told);
            Assert.True(again.Succeeded, $"{told}{string.Join('\n', again.Faults)}");
            AssertComplete(bench, archive, matrix);
        }

        TestContext.Current.TestOutputHelper!.WriteLine(matrix.ToString());
    }

    /// <summary>What kill -9 leaves: the journal, and whatever the service has by then.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_death_at_any_request_a_rerun_completes_the_image(bool answered)
    {
        (int requests, byte[] archive) = await CleanAsync();
        StringBuilder matrix = new();
        for (int at = 0; at < requests; at++)
        {
            await using GcpBench bench = await StartAsync();
            await DieAsync(bench, Image(bench), at, answered);
            int left = bench.Everything().Count - 1;

            DestinationResult again = await bench.PublishAsync(Image(bench));

            matrix.Append($"{at,3} killed {(answered ? "after" : "before")} left {left} then {(again.Succeeded ? "published" : again.Faults[0].Code)} {Shape(bench, at)}\n");
            Assert.True(again.Succeeded, $"{matrix}{string.Join('\n', again.Faults)}\n{string.Join('\n', bench.Google.Server.Lines)}");
            AssertComplete(bench, archive, matrix);
        }

        TestContext.Current.TestOutputHelper!.WriteLine(matrix.ToString());
    }

    [Fact]
    public async Task After_a_death_another_image_takes_the_place_and_nothing_of_the_first_is_left()
    {
        (int requests, _) = await CleanAsync();
        for (int at = 0; at < requests; at += 2)
        {
            await using GcpBench bench = await StartAsync();
            await DieAsync(bench, Image(bench), at, answered: true);

            DestinationResult other = await bench.PublishAsync(Samples.Image(SparseDisk.Make(bench["other"], 2 << 20, 2, 7), "other"));

            Assert.True(other.Succeeded, $"{at}: {string.Join('\n', other.Faults)}");
            Assert.Equal([$"bucket {GcpBench.Bucket}", $"image sample-{Sha256.Of("other").Hex[..12]}"], bench.Everything());
        }
    }

    [Fact]
    public async Task A_refusal_of_any_request_of_a_replacement_leaves_an_image_or_its_loss_is_told()
    {
        StringBuilder matrix = new();
        for (int at = 0; ; at++)
        {
            await using GcpBench bench = await GcpBench.StartAsync();
            bench.Asked = bench.Asked with { Name = "golden", Replace = true };
            Assert.True((await bench.PublishAsync(Samples.Image(SparseDisk.Make(bench["former"], 2 << 20, 2, 7), "former"))).Succeeded);
            string former = bench.Google.Compute.Images["golden"].Id;
            int first = bench.Google.Server.Lines.Count;
            Break(bench, first + at, Mishap.Refused);

            DestinationResult result = await bench.PublishAsync(Image(bench));
            if (bench.Google.Server.Lines.Count <= first + at)
                break;
            bench.Google.Server.Fault = _ => null;
            string? there = bench.Google.Compute.Images.GetValueOrDefault("golden") is { Status: not "DELETING" } image ? image.Id == former ? "former" : "next" : null;
            bool stays = bench.Events.All.Any(e => e is Pipeline.Faulted { Fault.Code: "IFU115" });
            DestinationResult again = await bench.PublishAsync(Image(bench));

            matrix.Append($"{at,3} {(result.Succeeded ? "published" : string.Join(',', result.Faults.Select(f => f.Code)))} {there ?? "nothing"} {(stays ? "stays" : "")} {Shape(bench, first + at)}\n");
            string told = $"{matrix}{string.Join('\n', result.Faults)}\n{string.Join('\n', again.Faults)}";
            Assert.True(there is not null || result.Faults.Any(f => f.Code == "IFU114"), told);
            Assert.True(stays == (!result.Succeeded && there == "next"), told);
            Assert.True(again.Succeeded, told);
            Assert.Equal([$"bucket {GcpBench.Bucket}", "image golden"], bench.Everything());
            Assert.NotEqual(former, bench.Google.Compute.Images["golden"].Id);
        }

        Assert.InRange(matrix.ToString().Count(c => c == '\n'), 10, 40);
        TestContext.Current.TestOutputHelper!.WriteLine(matrix.ToString());
    }

    private static async Task<GcpBench> StartAsync()
    {
        // With a bucket of its own there is most to go wrong.
        GcpBench bench = await GcpBench.StartAsync();
        bench.Asked = bench.Asked with { Bucket = null };
        return bench;
    }

    private static PublishableImage Image(GcpBench bench) => Samples.Image(SparseDisk.Make(bench["disk"], 3 << 20, 3, 1));

    /// <summary>An undisturbed publish, whose bytes GNU tar proves.</summary>
    private static async Task<(int Requests, byte[] Archive)> CleanAsync()
    {
        await using GcpBench bench = await StartAsync();
        DestinationResult result = await bench.PublishAsync(Image(bench));
        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        int requests = bench.Google.Server.Lines.Count;
        Assert.InRange(requests, 10, 25);
        await bench.ReadBackAsync(result.Publication!, bench["back"]);
        byte[] disk = await File.ReadAllBytesAsync(bench["disk"], Never);
        byte[] back = new byte[disk.Length];
        await using FileStream copy = File.OpenRead(bench["back"]);
        await copy.ReadExactlyAsync(back, Never);
        Assert.Equal(1L << 30, copy.Length);
        Assert.True(disk.AsSpan().SequenceEqual(back));
        return (requests, bench.ArchiveOf(Name));
    }

    private static void Break(GcpBench bench, int at, Mishap mishap) => bench.Google.Server.Fault = r => r.Index == at ? mishap : null;

    private static async Task DieAsync(GcpBench bench, PublishableImage image, int at, bool answered)
    {
        bool dead = false;
        HttpMessageHandler Dying() => new DyingHandler(FakeServer.Trusting(), answered, () => dead, () => bench.Google.Server.Lines.Count > at - (answered ? 0 : 1), () => dead = true);
        await using PreparedDestination destination = bench.Destination("tester", Dying);
        using PublicationJournal journal = PublicationJournal.TryOpen(bench["journals"], destination.Publisher.Place)!;
        journal.Begin(image.Digest, "here");
        try
        {
            await destination.Publisher.PublishAsync(image, journal, new Progress<TransferProgress>(), Never);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            // As dead as a process can be without ending the tests': nothing is cleaned up.
        }

        Assert.True(dead);
    }

    private static void AssertComplete(GcpBench bench, byte[] archive, StringBuilder matrix)
    {
        Assert.True(bench.Everything().SequenceEqual([$"bucket {GcpBench.Bucket}", $"image {Name}"]), $"{matrix}{string.Join('\n', bench.Everything())}");
        FakeGcpImage image = bench.Google.Compute.Images[Name];
        Assert.Equal("READY", image.Status);
        Assert.True(archive.AsSpan().SequenceEqual(image.Archive));
    }

    /// <summary>Method and path without what differs from run to run.</summary>
    private static string Shape(GcpBench bench, int at) => System.Text.RegularExpressions.Regex.Replace(
        bench.Google.Server.Lines.ElementAtOrDefault(at)?.Split('?')[0] ?? "", "operation-[0-9]+|imagefactory-[0-9a-f]+|[0-9a-f]{32}", "…");
}
