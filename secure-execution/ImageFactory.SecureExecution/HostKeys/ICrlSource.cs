namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>Fetches revocation lists. The library opens no connection by itself: whoever wants one gives this.</summary>
public interface ICrlSource
{
    /// <returns>The bytes at this address.</returns>
    /// <exception cref="HttpRequestException">It cannot be had.</exception>
    Task<byte[]> FetchAsync(Uri address, CancellationToken cancellation);
}
