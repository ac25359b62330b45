namespace ImageFactory.Publishing.Tests.Support.Http;

/// <summary>From one request on nothing gets through any more, as if the process had been killed there.</summary>
/// <param name="inner">The connection.</param>
/// <param name="answered">The request at which it dies is still done by the service; its answer is lost.</param>
/// <param name="isDead">Whether it died.</param>
/// <param name="isTime">Whether it dies with this request; asked after it when it is answered.</param>
/// <param name="die">Keeps that it died.</param>
internal sealed class DyingHandler(HttpMessageHandler inner, bool answered, Func<bool> isDead, Func<bool> isTime, Action die) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (isDead())
            throw new DeadException();
        if (!answered && isTime())
        {
            die();
            throw new DeadException();
        }

        HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
        if (!isTime())
            return answer;
        die();
        throw new DeadException();
    }
}

/// <summary>No client's retries know it.</summary>
internal sealed class DeadException : Exception;
