using System.Net;
using Polly;
using Polly.Retry;

namespace ImageFactory.Publishing.Http;

/// <summary>
/// Sends a request again after a passing failure: a broken connection, 408, 429, 5xx, and what the caller knows beyond these.
/// Waits exponentially with jitter, or as long as the service asks. Stands outside the signer, so that each attempt is signed anew;
/// bodies must be able to be sent again, and answers are small: they are read whole.
/// </summary>
/// <param name="inner">The signer or the transport.</param>
/// <param name="policy">How often and how long.</param>
/// <param name="isTransient">Looks into an answer that is no success and not transient by its status.</param>
/// <param name="time">The clock.</param>
public sealed class RetryHandler(
    HttpMessageHandler inner, RetryPolicy policy, Func<HttpResponseMessage, CancellationToken, ValueTask<bool>> isTransient, TimeProvider time) : DelegatingHandler(inner)
{
    private readonly ResiliencePipeline<HttpResponseMessage> pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            MaxRetryAttempts = policy.Attempts - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = policy.FirstDelay,
            MaxDelay = policy.LongestDelay,
            ShouldHandle = async arguments => arguments.Outcome switch
            {
                { Exception: HttpRequestException or IOException } => true,
                { Exception: not null } => false,
                { Result: { IsSuccessStatusCode: false } answer } => IsTransient(answer.StatusCode) || await isTransient(answer, arguments.Context.CancellationToken).ConfigureAwait(false),
                _ => false,
            },
            DelayGenerator = arguments => ValueTask.FromResult(WaitAskedFor(arguments.Outcome.Result, time) is { } asked ? TimeSpan.FromTicks(Math.Min(asked.Ticks, policy.LongestDelay.Ticks)) : (TimeSpan?)null),
            OnRetry = arguments =>
            {
                arguments.Outcome.Result?.Dispose();
                return ValueTask.CompletedTask;
            },
        })
        .Build();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        await pipeline.ExecuteAsync(
            static async (state, token) => await state.Handler.SendOnceAsync(state.Request, token).ConfigureAwait(false), (Handler: this, Request: request), cancellationToken).ConfigureAwait(false);

    private async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage answer = await base.SendAsync(request, cancellation).ConfigureAwait(false);
        try
        {
            // An answer that breaks off is a broken connection too, and is asked for again like one.
            await answer.Content.LoadIntoBufferAsync(cancellation).ConfigureAwait(false);
            return answer;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    private static bool IsTransient(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    private static TimeSpan? WaitAskedFor(HttpResponseMessage? answer, TimeProvider time) => answer?.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
        _ => null,
    };
}

/// <summary>How often something is tried, and how long it is waited in between.</summary>
/// <param name="Attempts">All attempts, the first among them; at least 2.</param>
/// <param name="FirstDelay">Doubled after each attempt, with jitter.</param>
/// <param name="LongestDelay">Also the most that a service's Retry-After is obeyed for.</param>
public sealed record RetryPolicy(int Attempts, TimeSpan FirstDelay, TimeSpan LongestDelay)
{
    /// <summary>Spends about two minutes on a service that does not come back.</summary>
    public static RetryPolicy Default { get; } = new(8, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30));
}
