using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Registry;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>Lets the engine of this machine trust the registry of its cluster for the time of a stage (Job contract, section 5.3).</summary>
internal static class ClusterTrust
{
    private const string FileName = "service-ca.crt";

    /// <param name="folder">Where the engine looks for the authorities of the registry.</param>
    public static async Task InstallAsync(ClusterRegistry cluster, string folder, StageScope scope, CancellationToken cancellation)
    {
        string target = Path.Combine(folder, FileName);
        if (File.Exists(target))
            return;
        try
        {
            byte[] authority = await File.ReadAllBytesAsync(cluster.AuthorityFile, cancellation).ConfigureAwait(false);
            scope.CleanUp.Register($"remove {target}", _ =>
            {
                File.Delete(target);
                return Task.CompletedTask;
            });
            Directory.CreateDirectory(folder);
            await File.WriteAllBytesAsync(target, authority, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(BootcFaults.ClusterUntrusted(cluster.Host, e.Message), e);
        }
    }
}
