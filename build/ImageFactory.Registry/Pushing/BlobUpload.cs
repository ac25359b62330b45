using System.Globalization;
using System.Net;
using ImageFactory.Model;
using ImageFactory.Registry.Transport;

namespace ImageFactory.Registry.Pushing;

/// <summary>
/// Brings one blob into a repository (distribution specification, "Pushing blobs"): in one request when it is small, else in pieces. After a
/// broken connection the registry is asked how much it has, and the upload goes on there; registries that forget begin anew, and those that
/// take no pieces are given the whole.
/// </summary>
internal sealed class BlobUpload(RepositoryConnection connection, RegistrySettings settings, TimeProvider time, BlobToPush blob)
{
    private const string Actions = "pull,push";

    private readonly string where = $"{connection.Name}@{blob.Descriptor.Digest}";
    private long piece = settings.PushPiece;
    private long sent;

    private long Size => blob.Descriptor.Size;

    /// <summary>Told the address of the upload whenever it changes, before anything is sent there: it is what a later run goes on with.</summary>
    public Action<string>? Began { get; init; }

    /// <summary>Told how much has been sent of the blob.</summary>
    public Action<long>? Progress { get; init; }

    /// <param name="session">Address of an upload that an earlier run began; null for none.</param>
    /// <param name="isThere">Asks whether the blob is complete: an answer may have been lost.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>Bytes that were sent.</returns>
    /// <exception cref="FactoryException">IFO3xx, IFO801 to IFO804.</exception>
    public async Task<long> RunAsync(string? session, Func<CancellationToken, Task<bool>> isThere, CancellationToken cancellation)
    {
        Session? at = session is null ? null : await ResumeAsync(session, cancellation).ConfigureAwait(false);
        int failures = 0;
        long furthest = -1;
        while (true)
        {
            string? location = at?.Location;
            string problem;
            Exception? cause = null;
            try
            {
                at ??= await BeginAsync(cancellation).ConfigureAwait(false);
                location = at.Location;
                Outcome outcome = await SendAsync(at, cancellation).ConfigureAwait(false);
                if (outcome.IsDone)
                    return sent;
                (location, problem) = (outcome.Location, outcome.Problem!);
            }
            catch (FactoryException e) when (e.Faults is [{ Code: "IFO301" } only])
            {
                (problem, cause) = (only.Message, e);
            }

            if (await isThere(cancellation).ConfigureAwait(false))
                return sent;
            at = location is null ? null : await ResumeAsync(location, cancellation).ConfigureAwait(false);
            failures = at?.From > furthest ? 1 : failures + 1;
            furthest = Math.Max(furthest, at?.From ?? -1);
            if (failures >= settings.Attempts)
                throw new FactoryException(PushFaults.Broken(where, at?.From ?? 0, Size, problem), cause);
            await Task.Delay(RetryRule.Pause(settings, failures, null, time), time, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<Session> BeginAsync(CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await AskAsync(HttpMethod.Post, "blobs/uploads/", true, request => request.Content = new ByteArrayContent([]), cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
            throw await connection.RefusalAsync(answer, where, cancellation).ConfigureAwait(false);
        if (answer.Headers.TryGetValues("OCI-Chunk-Min-Length", out IEnumerable<string>? least) && long.TryParse(least.First(), NumberStyles.None, CultureInfo.InvariantCulture, out long bytes))
            piece = Math.Max(piece, bytes);
        return At(answer, 0);
    }

    /// <returns>Null when the registry knows nothing of the upload any more.</returns>
    private async Task<Session?> ResumeAsync(string location, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await AskAsync(HttpMethod.Get, location, true, null, cancellation).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.NoContent)
            return null;
        return At(answer, KeptBy(answer) ?? 0, location);
    }

    /// <summary>Sends what is missing.</summary>
    private async Task<Outcome> SendAsync(Session at, CancellationToken cancellation)
    {
        if (at.From == 0 && Size <= piece)
            return await FinishAsync(at, whole: true, cancellation).ConfigureAwait(false);
        Progress?.Invoke(at.From);
        while (at.From < Size)
        {
            long count = Math.Min(piece, Size - at.From);
            using HttpResponseMessage answer = await AskAsync(HttpMethod.Patch, at.Location, false, request => request.Content = PieceOf(at.From, count), cancellation).ConfigureAwait(false);
            if (answer.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.NoContent or HttpStatusCode.Created)
            {
                at = At(answer, KeptBy(answer) ?? (at.From + count), at.Location);
                continue;
            }

            if (await ProblemOf(answer, count, cancellation).ConfigureAwait(false) is not { } problem)
            {
                // It takes no pieces: the next attempt sends everything at once, without a range.
                piece = Size;
                await CancelAsync(connection, at.Location, cancellation).ConfigureAwait(false);
                return Outcome.Failed(null, "it takes no pieces");
            }

            return Outcome.Failed(at.Location, problem);
        }

        return await FinishAsync(at, whole: false, cancellation).ConfigureAwait(false);
    }

    private async Task<Outcome> FinishAsync(Session at, bool whole, CancellationToken cancellation)
    {
        string target = $"{at.Location}{(at.Location.Contains('?', StringComparison.Ordinal) ? '&' : '?')}digest={Uri.EscapeDataString(blob.Descriptor.Digest.ToString())}";
        using HttpResponseMessage answer = await AskAsync(
            HttpMethod.Put,
            target,
            false,
            request => request.Content = whole ? new RangeContent(blob.Read, 0, Size, Count) : new ByteArrayContent([]),
            cancellation).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode)
            return Outcome.Done;
        if (answer.StatusCode == HttpStatusCode.BadRequest)
            throw new FactoryException(PushFaults.WrongDigest(where, (await connection.RefusalAsync(answer, where, cancellation).ConfigureAwait(false)).Faults[0].Detail));
        return await ProblemOf(answer, Size, cancellation).ConfigureAwait(false) is { } problem
            ? Outcome.Failed(at.Location, problem)
            : throw await connection.RefusalAsync(answer, where, cancellation).ConfigureAwait(false);
    }

    /// <summary>What may pass; null when the request itself is refused.</summary>
    private async Task<string?> ProblemOf(HttpResponseMessage answer, long count, CancellationToken cancellation)
    {
        if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            throw await connection.RefusalAsync(answer, where, cancellation).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.RequestEntityTooLarge)
            throw new FactoryException(PushFaults.TooLarge(where, count, (await connection.RefusalAsync(answer, where, cancellation).ConfigureAwait(false)).Faults[0].Detail));
        return RetryRule.IsPassing(answer.StatusCode) || answer.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable or HttpStatusCode.NotFound || piece >= Size
            ? string.Create(CultureInfo.InvariantCulture, $"the registry answers {(int)answer.StatusCode}")
            : null;
    }

    private RangeContent PieceOf(long from, long count)
    {
        RangeContent content = new(blob.Read, from, count, Count);
        // Without the unit: this is the distribution specification's own form. Who is sent everything at once wants no range.
        if (piece < Size)
            content.Headers.TryAddWithoutValidation("Content-Range", string.Create(CultureInfo.InvariantCulture, $"{from}-{from + count - 1}"));
        return content;
    }

    private void Count(int bytes)
    {
        sent += bytes;
        Progress?.Invoke(Math.Min(sent, Size));
    }

    /// <summary>Ends an upload that nobody goes on with. What the registry says to it does not matter.</summary>
    public static async Task CancelAsync(RepositoryConnection connection, string location, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await connection.AskAsync(new RepositoryRequest(HttpMethod.Delete, location, Actions), connection.Name, cancellation).ConfigureAwait(false);
    }

    private Task<HttpResponseMessage> AskAsync(HttpMethod method, string target, bool repeatable, Action<HttpRequestMessage>? prepare, CancellationToken cancellation) =>
        connection.AskAsync(new RepositoryRequest(method, target, Actions) { Prepare = prepare, IsRepeatable = repeatable }, where, cancellation);

    /// <summary>The newest address counts, with its query.</summary>
    private Session At(HttpResponseMessage answer, long from, string? before = null)
    {
        string location = answer.Headers.Location?.OriginalString ?? before ?? throw new FactoryException(PushFaults.NoLocation(where));
        Began?.Invoke(location);
        return new Session(location, from);
    }

    /// <summary><c>Range: 0-END</c>; registries say <c>0-0</c> also when they have nothing, and a single byte is never a piece.</summary>
    private static long? KeptBy(HttpResponseMessage answer)
    {
        string? range = answer.Headers.NonValidated.TryGetValues("Range", out System.Net.Http.Headers.HeaderStringValues values) ? values.ToString() : null;
        string? end = range?.Split('=')[^1].Split('-')[^1];
        return long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out long last) ? (last == 0 ? 0 : last + 1) : null;
    }

    private sealed record Session(string Location, long From);

    private sealed record Outcome(bool IsDone, string? Location, string? Problem)
    {
        public static Outcome Done { get; } = new(true, null, null);

        public static Outcome Failed(string? location, string problem) => new(false, location, problem);
    }
}
