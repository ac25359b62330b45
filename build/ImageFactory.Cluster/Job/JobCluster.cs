using ImageFactory.Cluster.ConfigMaps;
using ImageFactory.Cluster.Events;
using ImageFactory.Cluster.Transport;
using ImageFactory.Model;

namespace ImageFactory.Cluster.Job;

/// <summary>What a Job has of its cluster.</summary>
public sealed class JobCluster : IDisposable
{
    /// <summary>Every namespace has it, from its beginning to its end, so that its uid names namespace and cluster.</summary>
    private const string Constant = "kube-root-ca.crt";
    private const string ImageConfigMap = "aws-podvm-image-cm";

    private readonly ClusterConnection connection;
    private readonly EventClient events;
    private bool areEventsRefused;

    /// <param name="connection">Disposed with this.</param>
    /// <param name="environment">JOB_NAME: the Job, which events are then about; HOSTNAME: its pod.</param>
    public JobCluster(ClusterConnection connection, IReadOnlyDictionary<string, string> environment, TimeProvider time)
    {
        this.connection = connection;
        Maps = new ConfigMapClient(connection, time);
        string pod = environment.GetValueOrDefault("HOSTNAME") is { Length: > 0 } name ? name : "image-factory";
        ObjectReference about = environment.GetValueOrDefault("JOB_NAME") is { Length: > 0 } job
            ? new ObjectReference("batch/v1", "Job", connection.Namespace, job)
            : new ObjectReference("v1", "ConfigMap", connection.Namespace, PeerPods.Name);
        events = new EventClient(connection, about, pod, time);
    }

    public ConfigMapClient Maps { get; }

    /// <summary>Owner of all cloud objects of this cluster; null when it cannot be known.</summary>
    public async Task<string?> FindOwnerAsync(CancellationToken cancellation)
    {
        try
        {
            ConfigMap? constant = await Maps.GetAsync(Constant, cancellation).ConfigureAwait(false);
            return constant is { Uid: { Length: > 0 } uid } ? $"cluster-{uid}" : null;
        }
        catch (FactoryException e) when (e.Faults[0].Code == "IFK202")
        {
            return null;
        }
    }

    /// <summary>Writes an event.</summary>
    /// <returns>The first time that one cannot be written, why, as a warning.</returns>
    public async Task<Fault?> SayAsync(ClusterEvent one, CancellationToken cancellation)
    {
        if (areEventsRefused)
            return null;
        Fault? fault = await events.WriteAsync(one, cancellation).ConfigureAwait(false);
        areEventsRefused = fault is not null;
        return fault;
    }

    /// <summary>The bucket that was used, where the replaced Job kept it, too.</summary>
    /// <returns>Why it could not be written, as a warning.</returns>
    public async Task<Fault?> KeepBucketAsync(string bucket, CancellationToken cancellation)
    {
        try
        {
            await Maps.ChangeAsync(ImageConfigMap, _ => new ConfigMapChange { Data = new Dictionary<string, string?> { ["BUCKET_NAME"] = bucket } }, cancellation).ConfigureAwait(false);
            return null;
        }
        catch (FactoryException e)
        {
            return e.Faults[0].AsWarning();
        }
    }

    public void Dispose() => connection.Dispose();
}
