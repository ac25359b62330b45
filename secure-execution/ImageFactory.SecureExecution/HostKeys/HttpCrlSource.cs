namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>Fetches revocation lists over HTTP(S): 3 s for each address, at most 64 MiB, redirects as the client follows them.</summary>
public sealed class HttpCrlSource(HttpClient client, TimeProvider time) : ICrlSource
{
    private const int MaximumSize = 64 << 20;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    public async Task<byte[]> FetchAsync(Uri address, CancellationToken cancellation)
    {
        using CancellationTokenSource timeout = new(Limit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            using HttpResponseMessage response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            response.EnsureSuccessStatusCode();
            await using Stream body = await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
            using MemoryStream list = new();
            byte[] buffer = new byte[81920];
            for (int count; (count = await body.ReadAsync(buffer, either.Token).ConfigureAwait(false)) > 0;)
            {
                if (list.Length + count > MaximumSize)
                    throw new HttpRequestException("it is larger than 64 MiB");
                list.Write(buffer, 0, count);
            }

            return list.ToArray();
        }
        catch (OperationCanceledException cause) when (!cancellation.IsCancellationRequested)
        {
            throw new HttpRequestException("no answer within 3 seconds", cause);
        }
        catch (IOException cause)
        {
            throw new HttpRequestException(cause.Message, cause);
        }
    }
}
