using ImageFactory.Assembly.Bases.Bootc.Engine;
using ImageFactory.Assembly.Containers;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Registry;
using ImageFactory.Registry.Authentication;
using ImageFactory.Registry.Carrying;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>The machine's container engine, with the credentials that this machine and its cluster have for registries.</summary>
internal sealed class EngineAccess(EngineSettings settings, RegistryAccess registry, Architecture architecture)
{
    public ContainerEngines Engines { get; } = new(settings);

    public Task<IContainerEngine> OpenAsync(StageScope scope, CancellationToken cancellation) => Engines.OpenAsync(scope, cancellation);

    /// <exception cref="FactoryException">IFO201, IFO204.</exception>
    public EngineCredentials Credentials() => EngineCredentials.Load(registry.Settings);

    /// <summary>
    /// Pulls an image by its digest, unless it is there. The cluster's own registry is opened by the service account, and its authority made known first.
    /// One that was taken along is loaded instead.
    /// </summary>
    /// <returns>The image's name with its digest and without its tag: engines differ on names that have both. Of a loaded one its id.</returns>
    public async Task<string> BringAsync(IContainerEngine engine, StageScope scope, PinnedImage image, EngineLog log, CancellationToken cancellation)
    {
        ImageReference reference = ImageReference.Parse(image.Reference);
        if (PinLocalImageStage.IsLocal(reference))
            return image.Manifest;
        if (registry.Settings.Carried is not null)
            return await LoadAsync(engine, scope, image, log, cancellation).ConfigureAwait(false);
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

    /// <summary>Loads an image out of a bundle, unless it is there. What was loaded is removed when the stage ends.</summary>
    /// <param name="ids">What engines call it: one of these it must be.</param>
    /// <param name="archive">Writes the archive.</param>
    /// <returns>Its id here.</returns>
    /// <exception cref="FactoryException">IFC209; IFC318: the engine has another image now.</exception>
    public static async Task<string> LoadAsync(
        IContainerEngine engine, StageScope scope, string shown, IReadOnlyList<string> ids, Func<Stream, Task> archive, EngineLog log, CancellationToken cancellation)
    {
        if (await FindAsync(engine, ids, cancellation).ConfigureAwait(false) is { } there)
            return there;
        scope.Log.Info($"loading {shown} out of the bundle");
        scope.CleanUp.Register($"remove {shown}, which was loaded", async token =>
        {
            if (await FindAsync(engine, ids, token).ConfigureAwait(false) is { } loaded)
                await engine.RemoveImageAsync(loaded, token).ConfigureAwait(false);
        });
        await engine.LoadAsync(archive, log, cancellation).ConfigureAwait(false);
        return await FindAsync(engine, ids, cancellation).ConfigureAwait(false) ?? throw new FactoryException(BootcFaults.LoadedAnother(shown, ids[0]));
    }

    private async Task<string> LoadAsync(IContainerEngine engine, StageScope scope, PinnedImage pinned, EngineLog log, CancellationToken cancellation)
    {
        ImageReference reference = ImageReference.Parse(pinned.Reference).At(ContentDigest.Parse(pinned.Digest));
        using RegistryClient client = registry.OpenFor(reference, scope);
        CollectedImage image = await ImageCollector.CollectAsync(client, reference, architecture, whole: true, cancellation).ConfigureAwait(false);

        // Engines name an image by its configuration; Docker by its manifest, where containerd keeps the images.
        string[] ids = [image.Image.Manifest.Config.Digest.ToString(), image.Image.ManifestDigest.ToString()];
        return await LoadAsync(engine, scope, pinned.Reference, ids, stream => ImageArchive.WriteAsync(image, stream, cancellation), log, cancellation).ConfigureAwait(false);
    }

    private static async Task<string?> FindAsync(IContainerEngine engine, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        foreach (string id in ids)
        {
            if (await engine.FindImageAsync(id, cancellation).ConfigureAwait(false) is { } found)
                return found.Id;
        }

        return null;
    }
}
