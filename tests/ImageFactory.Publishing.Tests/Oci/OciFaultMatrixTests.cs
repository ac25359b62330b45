using System.Text;
using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace ImageFactory.Publishing.Tests.Oci;

/// <summary>Each request of a publish goes wrong in turn, in each way.</summary>
public sealed class OciFaultMatrixTests : IDisposable
{
    private readonly ScratchFolder scratch = new();

    public static TheoryData<string> Kinds => new(Enum.GetNames<FaultKind>().Where(k => k != nameof(FaultKind.None)));

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public void Dispose() => scratch.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task After_a_failure_the_image_is_right_or_nothing_is_left_and_a_rerun_succeeds(string kindName)
    {
        FaultKind kind = Enum.Parse<FaultKind>(kindName);
        string disk = SparseDisk.Make(scratch["disk"], 3 << 20, 2, 1);
        int requests = await RunAsync(disk, FaultKind.None, 0, null);
        StringBuilder matrix = new($"{kind}: ");
        for (int at = 1; at <= requests; at++)
            await RunAsync(disk, kind, at, matrix);
        TestContext.Current.TestOutputHelper?.WriteLine(matrix.ToString());
    }

    private async Task<int> RunAsync(string disk, FaultKind kind, int at, StringBuilder? matrix)
    {
        await using RegistryPlace place = await StartAsync();
        string journals = scratch[$"journals-{kind}-{at}"];
        FaultPlan plan = new() { Kind = kind, At = at };
        Inject(place, plan);
        PublishableImage image = OciPublisherTests.Sample(disk, "image");
        image = image with { Attachments = [image.Attachments[0]] };

        DestinationResult result = await PublishAsync(place, image, journals);
        int requests = plan.Requests;
        string told = string.Join('\n', result.Faults);
        if (result.Succeeded)
            await AssertRightAsync(place, result, disk);
        else if (kind != FaultKind.Dead)
            Assert.True(Manifests(place).Count == 0, $"{kind} at {at}: {told}\nleft {string.Join('\n', Manifests(place))}");
        Assert.True(result.Succeeded || result.Faults.Count > 0);

        // An answer that was lost may have begun an upload that nobody knows of: registries end these after a while.
        int lost = kind is FaultKind.LostAnswer or FaultKind.Truncated or FaultKind.Dead ? 1 : 0;
        Assert.True(place.Fake.OpenUploads <= lost || kind == FaultKind.Dead, $"{kind} at {at}: {place.Fake.OpenUploads} uploads are open: {told}");

        plan.At = 0;
        DestinationResult again = await PublishAsync(place, image, journals);
        Assert.True(again.Succeeded, $"{kind} at {at}, rerun: {string.Join('\n', again.Faults)}");
        await AssertRightAsync(place, again, disk);
        Assert.True(place.Fake.OpenUploads <= lost, $"{kind} at {at}: {place.Fake.OpenUploads} uploads are open after the rerun");
        await UnpublishAsync(place);

        // A list of what refers to an image that was replaced and could not be deleted has no name and does no harm.
        Assert.True(Manifests(place).Count <= (kind is FaultKind.Denied or FaultKind.Dead ? 1 : 0), string.Join('\n', Manifests(place)));
        Assert.All(Manifests(place), m => Assert.Contains("@sha256:", m, StringComparison.Ordinal));
        matrix?.Append(result.Succeeded ? '+' : '-');
        return requests;
    }

    private static async Task<RegistryPlace> StartAsync()
    {
        RegistryPlace place = await RegistryPlace.StartAsync(r => new OciImageDestination { Image = r + ":v1" });
        place.Fake.HasReferrers = false;
        return place;
    }

    private static void Inject(RegistryPlace place, FaultPlan plan)
    {
        HashSet<HttpContext> losing = [];
        place.Fake.Interfere = async context =>
        {
            switch (plan.Next())
            {
                case FaultKind.Error503:
                    context.Response.StatusCode = 503;
                    return true;
                case FaultKind.Throttled:
                    context.Response.StatusCode = 429;
                    context.Response.Headers.RetryAfter = "0";
                    return true;
                case FaultKind.Denied:
                    context.Response.StatusCode = 403;
                    await context.Response.WriteAsync("""{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}""");
                    return true;
                case FaultKind.ResetBefore or FaultKind.Dead:
                    context.Abort();
                    return true;
                case FaultKind.LostAnswer:
                    lock (losing)
                        losing.Add(context);
                    return false;
                case FaultKind.Truncated:
                    context.Response.Body = new CutBody(context);
                    return false;
                case FaultKind.Slow:
                    await Task.Delay(50, context.RequestAborted);
                    return false;
                default:
                    return false;
            }
        };
        place.Fake.Lose = context =>
        {
            lock (losing)
                return losing.Remove(context);
        };
    }

    private static IReadOnlyList<string> Manifests(RegistryPlace place) => [.. place.Everything().Where(e => !e.StartsWith("upload ", StringComparison.Ordinal))];

    private async Task AssertRightAsync(RegistryPlace place, DestinationResult result, string disk)
    {
        await place.ReadBackAsync(result.Publication!, scratch["back"]);
        Assert.Equal(await File.ReadAllBytesAsync(disk, Never), await File.ReadAllBytesAsync(scratch["back"], Never));
        Assert.Equal(result.Publication!.Objects["manifest"], Testing.Registry.FakeRegistry.DigestOf(place.Fake.Manifest(RegistryPlace.Repository, "v1")!));
        string list = "sha256-" + result.Publication.Objects["manifest"]["sha256:".Length..];
        Assert.Single(System.Text.Json.Nodes.JsonNode.Parse(place.Fake.Manifest(RegistryPlace.Repository, list)!)!["manifests"]!.AsArray());
    }

    private async Task<DestinationResult> PublishAsync(RegistryPlace place, PublishableImage image, string journals)
    {
        await using PreparedDestination destination = place.Destination("tester");
        return Assert.Single(await new PublishRun(journals, place.Events, TimeProvider.System).PublishAsync([destination], image, stopAtFirst: false, Never));
    }

    private static async Task UnpublishAsync(RegistryPlace place)
    {
        await using PreparedDestination destination = place.Destination("tester");
        RemovalResult removed = await PublishRun.UnpublishAsync([destination], Sha256.Of("image"), force: false, Never);
        Assert.Empty(removed.Faults);
    }

    /// <summary>Half of the first bytes of an answer, then the connection breaks.</summary>
    private sealed class CutBody(HttpContext context) : Stream
    {
        private readonly Stream inner = context.Response.Body;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await inner.WriteAsync(buffer[..(buffer.Length / 2)], cancellationToken);
            await inner.FlushAsync(cancellationToken);
            context.Abort();
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
