using System.Runtime.ExceptionServices;
using ImageFactory.Model;

namespace ImageFactory.Publishing;

/// <summary>
/// An image that gives its name up to the next one, at a service where only one can have the name and none can be renamed. It goes when everything
/// else that can fail is done. What fails after that leaves nothing under the name, and exactly that is told.
/// </summary>
/// <param name="Kind">What the service calls it.</param>
/// <param name="Id">At the service.</param>
/// <param name="Rest">What of it is still there after it went, and what that is good for; null: nothing.</param>
internal sealed record Former(string Kind, string Id, string? Rest = null)
{
    /// <summary>A service that is gone must not hold the end of a run up.</summary>
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(10);

    /// <param name="where">The destination.</param>
    /// <param name="remove">Takes it away; when that fails and it is still there, the failure is passed on as it is.</param>
    /// <param name="isThere">Whether it is there and stays: a removal that was taken on goes on when the wait for it fails.</param>
    /// <param name="make">Makes the next one.</param>
    /// <param name="faultOf">The fault of a service's own exception, null for others.</param>
    /// <exception cref="FactoryException">IFU114, followed by why.</exception>
    public async Task<T> GivesWayAsync<T>(string where, Func<Task> remove, Func<CancellationToken, Task<bool>> isThere, Func<Task<T>> make, Func<Exception, Fault?> faultOf)
    {
        bool removed = false;
        try
        {
            await remove().ConfigureAwait(false);
            removed = true;
            return await make().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            IReadOnlyList<Fault> causes = e switch
            {
                FactoryException known => known.Faults,
                OperationCanceledException => [PublishFaults.Cancelled(where, $"the name of {Id}")],
                _ when faultOf(e) is { } fault => [fault],
                HttpRequestException or IOException => [PublishFaults.Unreachable(where, "the service", e.Message)],
                _ => [],
            };
            bool? there = removed ? false : await AskAsync(isThere).ConfigureAwait(false);
            if (causes.Count == 0 || there == true)
                ExceptionDispatchInfo.Throw(e);
            throw new FactoryException([PublishFaults.NameLost(where, this, isKnown: there is false, causes[0].ExitCode), .. causes]);
        }
    }

    /// <returns>Null when there is no answer.</returns>
    private static async Task<bool?> AskAsync(Func<CancellationToken, Task<bool>> isThere)
    {
        using CancellationTokenSource limit = new(AskLimit);
        try
        {
            return await isThere(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return null;
        }
    }
}
