using ImageFactory.Cluster.ConfigMaps;
using ImageFactory.Cluster.Transport;
using ImageFactory.Model;

namespace ImageFactory.Cluster.Fleet;

/// <summary>The ConfigMap with the results of a fleet, by the entries' names. It is there before the workers are, so that they need no right but to patch it.</summary>
/// <param name="connection">Disposed with this.</param>
public sealed class FleetResults(ClusterConnection connection, TimeProvider time) : IDisposable
{
    public const string Name = "podvm-fleet-results";

    private readonly ConfigMapClient maps = new(connection, time);

    /// <exception cref="FactoryException">IFK2xx, IFK3xx; IFK203 when the ConfigMap is not there.</exception>
    public Task WriteAsync(string entry, FleetResult result, CancellationToken cancellation) =>
        maps.MergeAsync(Name, new ConfigMapChange { Data = new Dictionary<string, string?> { [entry] = result.ToJson() } }, cancellation);

    /// <returns>By name; a result of null cannot be read.</returns>
    /// <exception cref="FactoryException">IFK2xx, IFK3xx; IFK203 when the ConfigMap is not there.</exception>
    public async Task<IReadOnlyDictionary<string, FleetResult?>> ReadAsync(CancellationToken cancellation)
    {
        ConfigMap map = await maps.GetAsync(Name, cancellation).ConfigureAwait(false)
            ?? throw new FactoryException(ApiFaults.Absent(new ApiRequest("get", "configmaps", connection.Namespace, Name)));
        return map.Data.ToDictionary(d => d.Key, d => FleetResult.Parse(d.Value), StringComparer.Ordinal);
    }

    public void Dispose() => connection.Dispose();
}
