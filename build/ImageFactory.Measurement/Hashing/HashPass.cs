using ImageFactory.Images.Extents;
using ImageFactory.Measurement.Events;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Hashing;

/// <summary>
/// Many digests of overlapping parts of one large file in one pass: the file is read (and decompressed) once, while all cores hash
/// what was read before. Memory is two buffers, whatever the size of the file.
/// </summary>
internal sealed class HashPass(IExtentSource shared, IReadOnlyList<Bank> banks)
{
    private const int BufferSize = 4 << 20;

    private readonly List<IReadOnlyList<Piece>> requests = [];

    /// <summary>Asks for the digests of these pieces, one after another.</summary>
    /// <returns>The place of the answer in the result of <see cref="RunAsync"/>.</returns>
    public int Add(IEnumerable<Piece> pieces)
    {
        requests.Add([.. pieces.Where(p => p.Length > 0)]);
        return requests.Count - 1;
    }

    /// <summary>The digests, in the order they were asked for.</summary>
    public async Task<IReadOnlyList<BankDigests>> RunAsync(CancellationToken cancellation)
    {
        (HashJob Job, int Request, Bank Bank)[] jobs = [.. requests.SelectMany((r, i) => banks.Select(b => (new HashJob(b, r, shared), i, b)))];
        try
        {
            await FeedAsync([.. jobs.Select(j => j.Job)], cancellation).ConfigureAwait(false);
            ILookup<int, (HashJob Job, int Request, Bank Bank)> answers = jobs.ToLookup(j => j.Request);
            return [.. requests.Select((_, i) => Collect(answers[i].ToDictionary(j => j.Bank, j => j.Job.Finish())))];
        }
        finally
        {
            foreach ((HashJob job, _, _) in jobs)
                job.Dispose();
        }
    }

    private static BankDigests Collect(Dictionary<Bank, string> digests) => new(digests.GetValueOrDefault(Bank.Sha256), digests.GetValueOrDefault(Bank.Sha384));

    private async Task FeedAsync(HashJob[] jobs, CancellationToken cancellation)
    {
        long end = requests.SelectMany(r => r).Where(p => ReferenceEquals(p.Source, shared)).Select(p => p.Offset + p.Length).DefaultIfEmpty().Max();
        byte[] current = new byte[Math.Min(BufferSize, end)];
        byte[] next = new byte[current.Length];
        Task<int> reading = ReadAsync(current, 0, end);
        try
        {
            for (long offset = 0; offset < end;)
            {
                cancellation.ThrowIfCancellationRequested();
                int count = await reading.ConfigureAwait(false);
                reading = ReadAsync(next, offset + count, end);
                FeedAll(jobs, offset, current.AsMemory(0, count));
                (current, next) = (next, current);
                offset += count;
            }
        }
        finally
        {
            // Nobody may still read the source when the caller closes it.
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void FeedAll(HashJob[] jobs, long offset, ReadOnlyMemory<byte> part)
    {
        try
        {
            Parallel.ForEach(jobs, job => job.Feed(offset, part.Span));
        }
        catch (AggregateException e) when (e.InnerException is FactoryException inner)
        {
            throw new FactoryException(inner.Faults, e);
        }
    }

    private Task<int> ReadAsync(byte[] buffer, long offset, long end)
    {
        int count = (int)Math.Min(buffer.Length, end - offset);
        return count == 0 ? Task.FromResult(0) : Task.Run(() =>
        {
            shared.Read(offset, buffer.AsSpan(0, count));
            return count;
        });
    }
}
