using ImageFactory.Assembly.Bases.Bootc.Engine;
using ImageFactory.Assembly.Containers;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Registry.Authentication;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>The machine's container engine, with the credentials that this machine and its cluster have for registries.</summary>
internal sealed class EngineAccess(EngineSettings settings, RegistryAccess registry)
{
    public ContainerEngines Engines { get; } = new(settings);

    public Task<IContainerEngine> OpenAsync(StageScope scope, CancellationToken cancellation) => Engines.OpenAsync(scope, cancellation);

    /// <exception cref="FactoryException">IFO201, IFO204.</exception>
    public EngineCredentials Credentials() => EngineCredentials.Load(registry.Settings);

    /// <summary>
    /// Pulls an image by its digest, unless it is there. The cluster's own registry is opened by the service account, and its authority made known first.
    /// </summary>
    /// <returns>The image's name with its digest and without its tag: engines differ on names that have both.</returns>
    public async Task<string> BringAsync(IContainerEngine engine, StageScope scope, PinnedImage image, EngineLog log, CancellationToken cancellation)
    {
        ImageReference reference = ImageReference.Parse(image.Reference);
        if (PinLocalImageStage.IsLocal(reference))
            return image.Manifest;
        string name = $"{reference.Name}@{image.Manifest}";
        if (await engine.FindImageAsync(name, cancellation).ConfigureAwait(false) is not null)
            return name;
        if (scope.Offline)
            throw new FactoryException(BootcFaults.Offline($"pulling {name}"));
        if (registry.Settings.Cluster is { } cluster && cluster.Serves(reference.Host))
            await ClusterTrust.InstallAsync(cluster, Path.Combine(settings.CertificateFolder, reference.Host), scope, cancellation).ConfigureAwait(false);
        await engine.PullAsync(name, Credentials().For(reference), log, cancellation).ConfigureAwait(false);
        return name;
    }
}
