using ImageFactory.Model;

namespace ImageFactory.Publishing;

/// <summary>Asks again until something is done.</summary>
/// <param name="time">The clock.</param>
/// <param name="first">The first wait; each is half as long again as the one before.</param>
/// <param name="longest">No wait is longer.</param>
/// <param name="limit">After this it is given up.</param>
public sealed class Polling(TimeProvider time, TimeSpan first, TimeSpan longest, TimeSpan limit)
{
    /// <param name="ask">Null: not done yet.</param>
    /// <param name="timedOut">The fault when it never is, from the time that was spent.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="FactoryException">The limit has passed.</exception>
    public async Task<T> UntilAsync<T>(Func<CancellationToken, Task<T?>> ask, Func<TimeSpan, Fault> timedOut, CancellationToken cancellation)
        where T : class
    {
        long started = time.GetTimestamp();
        TimeSpan wait = first;
        while (true)
        {
            if (await ask(cancellation).ConfigureAwait(false) is { } done)
                return done;
            TimeSpan spent = time.GetElapsedTime(started);
            if (spent >= limit)
                throw new FactoryException(timedOut(spent));
            await Task.Delay(wait, time, cancellation).ConfigureAwait(false);
            wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 3 / 2, longest.Ticks));
        }
    }
}
