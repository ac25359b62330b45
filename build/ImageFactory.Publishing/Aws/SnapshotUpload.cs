using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using ImageFactory.Images.Extents;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Aws;

/// <summary>
/// Writes a disk into a new snapshot through EBS direct: blocks of 512 KiB that hold anything but zeros, many at once, each with its SHA-256,
/// and all of them with the SHA-256 over the raw digests in the order of the blocks.
/// </summary>
internal sealed class SnapshotUpload(AwsClient client, PublicationJournal journal)
{
    public const int BlockSize = 512 << 10;

    /// <summary>The note of how many blocks, counted from the front, the snapshot has for certain.</summary>
    private const string Uploaded = "uploaded-blocks";

    private const string Completing = "completing";

    /// <summary>The service answers within about 100 ms, so this many at once fill some 300 MB/s; and they are 32 MiB of memory.</summary>
    private const int AtOnce = 64;

    /// <summary>How often progress is written down: each time costs a sync of the journal.</summary>
    private const int NoteEvery = 256;

    private static readonly JsonSerializerOptions AsWritten = new();

    private long sent;

    public long BytesSent => sent;

    /// <summary>An earlier run had sent everything and asked for completion; whether that arrived is not known.</summary>
    public bool WasCompleting => journal.NoteOf(Completing) is not null;

    public static long GibibytesOf(long length) => Math.Max(1, (length + (1L << 30) - 1) >> 30);

    /// <summary>Begins a snapshot; the same token begins it only once.</summary>
    public async Task<string> StartAsync(long length, string token, string description, IReadOnlyList<KeyValuePair<string, string>> tags, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, (Uri?)null)
        {
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(
                new StartRequest(GibibytesOf(length), token, description, [.. tags.Select(t => new StartTag(t.Key, t.Value))], TimeoutMinutes), AsWritten)),
        };
        request.Content.Headers.ContentType = new("application/json");
        using HttpResponseMessage answer = await client.EbsAsync("StartSnapshot", request, "/snapshots", cancellation).ConfigureAwait(false);
        using JsonDocument body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false));
        return body.RootElement.GetProperty("SnapshotId").GetString()!;
    }

    /// <summary>Sends all blocks with data and completes the snapshot.</summary>
    public async Task FillAsync(string snapshot, IExtentSource disk, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        int there = int.TryParse(journal.NoteOf(Uploaded), NumberStyles.None, CultureInfo.InvariantCulture, out int noted) ? noted : 0;
        long total = disk.Extents().Where(e => e.Kind == ExtentKind.Data).Sum(e => e.Length);
        ConcurrentDictionary<int, byte[]> digests = new();
        FrontMark front = new(there);
        long done = 0;
        await Parallel.ForEachAsync(
            BlocksOf(disk).Select((block, order) => (Block: block, Order: order)),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (item, token) =>
            {
                byte[] rented = ArrayPool<byte>.Shared.Rent(BlockSize);
                Memory<byte> bytes = rented.AsMemory(0, BlockSize);
                ReadBlock(disk, item.Block, bytes.Span);
                if (bytes.Span.ContainsAnyExcept((byte)0))
                {
                    byte[] digest = SHA256.HashData(bytes.Span);
                    digests[item.Block] = digest;
                    if (item.Order >= there)
                        await PutAsync(snapshot, item.Block, bytes, digest, token).ConfigureAwait(false);
                }

                // After a failure it is left to the collector: a request that was given up may still read it.
                ArrayPool<byte>.Shared.Return(rented);
                if (front.Passed(item.Order) is { } mark && mark >= there + NoteEvery && front.TakeNote(mark, NoteEvery))
                    journal.Note(Uploaded, mark.ToString(CultureInfo.InvariantCulture));
                progress.Report(new TransferProgress(Math.Min(total, Interlocked.Add(ref done, BlockSize)), total));
            }).ConfigureAwait(false);
        journal.Note(Completing, snapshot);
        await CompleteAsync(snapshot, digests, cancellation).ConfigureAwait(false);
    }

    /// <summary>Minutes after the last block in which the service keeps an unfinished snapshot: long enough for another run to go on.</summary>
    private const int TimeoutMinutes = 180;

    /// <summary>Blocks that any data range touches, in ascending order, each once.</summary>
    private static IEnumerable<int> BlocksOf(IExtentSource disk)
    {
        int next = 0;
        foreach (Extent extent in disk.Extents().Where(e => e.Kind == ExtentKind.Data))
        {
            int last = (int)((extent.End - 1) / BlockSize);
            for (int block = Math.Max(next, (int)(extent.Offset / BlockSize)); block <= last; block++)
                yield return block;
            next = Math.Max(next, last + 1);
        }
    }

    private static void ReadBlock(IExtentSource disk, int block, Span<byte> bytes)
    {
        long offset = (long)block * BlockSize;
        int count = (int)Math.Min(BlockSize, disk.Length - offset);
        disk.Read(offset, bytes[..count]);
        bytes[count..].Clear();
    }

    private async Task PutAsync(string snapshot, int block, ReadOnlyMemory<byte> bytes, byte[] digest, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Put, (Uri?)null) { Content = new ReadOnlyMemoryContent(bytes) };
        request.Headers.Add("x-amz-Checksum", Convert.ToBase64String(digest));
        request.Headers.Add("x-amz-Checksum-Algorithm", "SHA256");
        request.Headers.Add("x-amz-Data-Length", "524288");
        // With it the signer does not read the body to hash it a second time.
        request.Headers.Add("x-amz-content-sha256", Convert.ToHexStringLower(digest));
        using HttpResponseMessage answer = await client.EbsAsync("PutSnapshotBlock", request, string.Create(CultureInfo.InvariantCulture, $"/snapshots/{snapshot}/blocks/{block}"), cancellation).ConfigureAwait(false);
        Interlocked.Add(ref sent, bytes.Length);
    }

    private async Task CompleteAsync(string snapshot, ConcurrentDictionary<int, byte[]> digests, CancellationToken cancellation)
    {
        byte[] all = [.. digests.OrderBy(d => d.Key).SelectMany(d => d.Value)];
        using HttpRequestMessage request = new(HttpMethod.Post, (Uri?)null) { Content = new ByteArrayContent([]) };
        request.Headers.Add("x-amz-ChangedBlocksCount", digests.Count.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("x-amz-Checksum", Convert.ToBase64String(SHA256.HashData(all)));
        request.Headers.Add("x-amz-Checksum-Algorithm", "SHA256");
        request.Headers.Add("x-amz-Checksum-Aggregation-Method", "LINEAR");
        using HttpResponseMessage answer = await client.EbsAsync("CompleteSnapshot", request, $"/snapshots/completion/{snapshot}", cancellation).ConfigureAwait(false);
    }

    private sealed record StartRequest(long VolumeSize, string ClientToken, string Description, IReadOnlyList<StartTag> Tags, int Timeout);

    private sealed record StartTag(string Key, string Value);

    /// <summary>Knows up to where everything is done although blocks end in any order.</summary>
    private sealed class FrontMark(int start)
    {
        private readonly HashSet<int> beyond = [];
        private readonly Lock gate = new();
        private int front;
        private int noted = start;

        /// <returns>How many, counted from the first, are done without a gap.</returns>
        public int? Passed(int order)
        {
            lock (gate)
            {
                beyond.Add(order);
                while (beyond.Remove(front))
                    front++;
                return front;
            }
        }

        /// <returns>True for one caller per stretch.</returns>
        public bool TakeNote(int mark, int every)
        {
            lock (gate)
            {
                if (mark < noted + every)
                    return false;
                noted = mark;
                return true;
            }
        }
    }
}
