using ImageFactory.Publishing.Journal;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support.Http;

namespace ImageFactory.Publishing.Tests.Azure;

/// <summary>
/// Something goes wrong at every request of a publish in turn. Afterwards the image is complete and right, or nothing is left; a rerun succeeds.
/// </summary>
public sealed class AzureFaultMatrixTests
{
    private const int Mebi = 1 << 20;

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lost_answer_to_any_request_is_got_over()
    {
        int requests = (await RequestsAsync()).Count;
        List<string> table = [];
        for (int at = 0; at < requests; at++)
        {
            await using AzureBench bench = await AzureBench.StartAsync();
            int failing = at;
            string line = "";
            bench.Arm.Server.Fault = r =>
            {
                if (r.Index != failing)
                    return null;
                line = r.Line;
                return Mishap.ResetAfter;
            };
            PublishableImage image = Small(bench);

            DestinationResult result = await bench.PublishAsync(image);

            table.Add($"{at,3} {(result.Succeeded ? "complete" : "failed"),-9} {Short(line)}");
            Assert.True(result.Succeeded, $"{at} {line}: {string.Join('\n', result.Faults)}");
            await AssertCompleteAsync(bench, image);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', table));
    }

    [Theory]
    [InlineData("Unavailable")]
    [InlineData("Throttled")]
    [InlineData("ResetBefore")]
    [InlineData("ResetAfter")]
    [InlineData("Truncated")]
    [InlineData("Slow")]
    public async Task Failures_at_every_third_request_are_got_over(string kind)
    {
        await using AzureBench bench = await AzureBench.StartAsync();
        bench.Arm.Server.Fault = r => r.Index % 3 == 0 ? Enum.Parse<Mishap>(kind) : null;
        PublishableImage image = Small(bench);

        DestinationResult result = await bench.PublishAsync(image);

        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        await AssertCompleteAsync(bench, image);
    }

    [Fact]
    public async Task A_lasting_failure_at_any_request_leaves_nothing_and_a_rerun_succeeds()
    {
        List<string> table = [];
        foreach (string line in (await RequestsAsync()).Select(Shape).Distinct())
        {
            await using AzureBench bench = await AzureBench.StartAsync();
            // The clean-up asks too; it must get through, or there is nothing that it could do.
            bool publishing = true;
            bench.Arm.Server.Fault = r => publishing && Shape(r.Line) == line ? Mishap.Refused : null;
            PublishableImage image = Small(bench);

            DestinationResult failed = await PublishAsync(bench, image, () => publishing = false);
            IReadOnlyList<string> left = bench.Arm.Ids;
            bench.Arm.Server.Fault = _ => null;
            DestinationResult again = await bench.PublishAsync(image);

            table.Add($"{(failed.Succeeded ? "complete" : "removed"),-9} {string.Join(',', failed.Faults.Select(f => f.Code)),-14} {line}");
            if (!failed.Succeeded)
                Assert.True(left.Count == 0, $"{line}: {string.Join('\n', left)}\n{string.Join('\n', failed.Faults)}");
            Assert.True(again.Succeeded, $"{line}: {string.Join('\n', again.Faults)}");
            await AssertCompleteAsync(bench, image);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', table));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_death_at_any_request_a_rerun_completes_the_image(bool answered)
    {
        int requests = (await RequestsAsync()).Count;
        for (int at = answered ? 0 : 1; at < requests; at += answered ? 1 : 3)
        {
            await using AzureBench bench = await AzureBench.StartAsync();
            PublishableImage image = Small(bench);
            await DieAsync(bench, image, at, answered);

            DestinationResult result = await bench.PublishAsync(image);

            Assert.True(result.Succeeded, $"death at {at}: {string.Join('\n', result.Faults)}");
            await AssertCompleteAsync(bench, image);
        }
    }

    [Fact]
    public async Task After_a_death_another_image_takes_the_place_and_nothing_of_the_first_is_left()
    {
        int requests = (await RequestsAsync()).Count;
        for (int at = 0; at < requests; at += 5)
        {
            await using AzureBench bench = await AzureBench.StartAsync();
            await DieAsync(bench, Small(bench), at, answered: true);
            PublishableImage other = bench.Image(22 * Mebi, (Mebi, AzureBench.Noise(1000, 7)));

            DestinationResult result = await bench.PublishAsync(other);

            // Once the first one's version was there it is complete, and never overwritten unasked.
            if (result.Succeeded)
                await AssertCompleteAsync(bench, other);
            else
                Assert.Fail($"death at {at}: {string.Join('\n', result.Faults)}");
        }
    }

    [Fact]
    public async Task An_upload_that_died_goes_on_and_sends_only_the_rest()
    {
        await using AzureBench bench = await AzureBench.StartAsync();
        PublishableImage image = bench.Image(160 * Mebi, (0, AzureBench.Noise(140 * Mebi)));
        await DieAsync(bench, image, at: 48, answered: true);

        DestinationResult result = await bench.PublishAsync(image);

        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        Assert.InRange(result.Publication!.BytesSent, 1, (140 - 8) * Mebi);
        await AssertCompleteAsync(bench, image);
    }

    [Fact]
    public async Task A_refusal_of_any_request_of_a_replacement_leaves_an_image_or_its_loss_is_told()
    {
        List<string> table = [];
        for (int at = 0; ; at++)
        {
            await using AzureBench bench = await AzureBench.StartAsync();
            bench.Destination = bench.Destination with { Replace = true };
            PublishableImage former = bench.Image(21 * Mebi, (Mebi, AzureBench.Noise(1000, 7)));
            Assert.True((await bench.PublishAsync(former)).Succeeded);
            int first = bench.Arm.Server.Lines.Count;
            bench.Arm.Server.Fault = r => r.Index == first + at ? Mishap.Refused : null;
            PublishableImage next = Small(bench);

            DestinationResult result = await bench.PublishAsync(next);
            if (bench.Arm.Server.Lines.Count <= first + at)
                break;
            bench.Arm.Server.Fault = _ => null;
            string? there = bench.Arm.Ids.Contains(AzureBench.Version.ToLowerInvariant()) ? (string?)bench.Arm.TagsOf(AzureBench.Version)["imagefactory-image"] : null;
            bool stays = bench.Events.All.Any(e => e is Pipeline.Faulted { Fault.Code: "IFU115" });
            DestinationResult again = await bench.PublishAsync(next);

            table.Add($"{at,3} {(result.Succeeded ? "complete" : string.Join(',', result.Faults.Select(f => f.Code))),-14} {(there is null ? "nothing" : there == next.Digest.Hex ? "next" : "former")} {(stays ? "stays" : "")} {Shape(bench.Arm.Server.Lines[first + at])}");
            string told = $"{string.Join('\n', table)}\n{string.Join('\n', result.Faults)}\n{string.Join('\n', again.Faults)}";
            Assert.True(there is not null || result.Faults.Any(f => f.Code == "IFU114"), told);
            Assert.True(stays == (!result.Succeeded && there == next.Digest.Hex), told);
            Assert.True(again.Succeeded, told);
            await AssertCompleteAsync(bench, next);
        }

        Assert.InRange(table.Count, 15, 80);
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', table));
    }

    private static async Task DieAsync(AzureBench bench, PublishableImage image, int at, bool answered)
    {
        bool dead = false;
        HttpMessageHandler Dying() => new DyingHandler(FakeServer.Trusting(), answered, () => dead, () => bench.Arm.Server.Lines.Count > at, () => dead = true);
        using PublicationJournal journal = PublicationJournal.TryOpen(Path.Combine(bench.Folder, "journals"), bench.Publisher().Place)!;
        journal.Begin(image.Digest, "here");
        try
        {
            await bench.Publisher(Dying).PublishAsync(image, journal, new Progress<TransferProgress>(), Never);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            // As dead as a process can be without ending the tests': nothing is cleaned up.
        }
    }

    private static async Task<DestinationResult> PublishAsync(AzureBench bench, PublishableImage image, Action failed)
    {
        PreparedDestination prepared = bench.Prepared();
        PublishRun run = new(Path.Combine(bench.Folder, "journals"), bench.Events, TimeProvider.System);
        return Assert.Single(await run.PublishAsync([prepared with { Publisher = new TellingPublisher(prepared.Publisher, failed) }], image, stopAtFirst: false, Never));
    }

    private static async Task<IReadOnlyList<string>> RequestsAsync()
    {
        await using AzureBench bench = await AzureBench.StartAsync();
        await bench.PublishAsync(Small(bench));
        return bench.Arm.Server.Lines;
    }

    private static PublishableImage Small(AzureBench bench) => bench.Image(22 * Mebi, (0, AzureBench.Noise(100_000)), (9 * Mebi, AzureBench.Noise(100_000, 2)));

    private static async Task AssertCompleteAsync(AzureBench bench, PublishableImage image)
    {
        Assert.Equal(((string[])[AzureBench.Gallery, AzureBench.Definition, AzureBench.Version]).Select(i => i.ToLowerInvariant()), bench.Arm.Ids);
        byte[] wanted = await File.ReadAllBytesAsync(image.File, Never);
        Assert.True(wanted.AsSpan().SequenceEqual(bench.Arm.ContentOf(AzureBench.Version).AsSpan(0, wanted.Length)));
        Assert.Equal(image.Digest.Hex, (string?)bench.Arm.TagsOf(AzureBench.Version)["imagefactory-image"]);
    }

    /// <summary>Method and path without what differs from run to run.</summary>
    private static string Shape(string line) => System.Text.RegularExpressions.Regex.Replace(line.Split('?')[0], "op[0-9]+|imagefactory-[0-9a-f-]+", "…");

    private static string Short(string line) => line.Length > 150 ? line[..150] : line;
}
