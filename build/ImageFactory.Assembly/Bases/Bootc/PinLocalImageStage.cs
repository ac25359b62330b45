using System.Text.Json;
using ImageFactory.Assembly.Bases.Bootc.Engine;
using ImageFactory.Assembly.Bundles;
using ImageFactory.Assembly.Containers;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>Pins an image that only this machine's container engine has to its id; asked in every build.</summary>
/// <param name="bundle">Asked in the engine's place, where there is one.</param>
internal sealed class PinLocalImageStage(string what, ImageReference image, ContainerEngines engines, BundleContents? bundle = null) : IStage
{
    private const string Revision = "1";

    public string Name => ImageStages.Resolve(what);

    public IReadOnlyList<string> After => [];

    public TimeSpan? MaxAge => TimeSpan.Zero;

    /// <summary>Names that no registry has: the engine gives this host to what it built itself.</summary>
    public static bool IsLocal(ImageReference image) => image.Host == "localhost";

    public void Describe(StageKey key) => key.Add("revision", Revision).Add("local-image", image.ToString());

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        string id = bundle is null
            ? await AskAsync(scope, cancellation).ConfigureAwait(false)
            : bundle.FindContainer(image.ToString())?.Id ?? throw new FactoryException(BootcFaults.NotCarried(image.ToString()));
        scope.Log.Info($"{image} is {id}");
        await File.WriteAllTextAsync(scope.OutputFile(PinnedImage.FileName), JsonSerializer.Serialize(new PinnedImage(image.ToString(), id, id)), cancellation).ConfigureAwait(false);
    }

    private async Task<string> AskAsync(StageScope scope, CancellationToken cancellation)
    {
        IContainerEngine engine = await engines.OpenAsync(scope, cancellation).ConfigureAwait(false);
        EngineImage found = await engine.FindImageAsync(image.ToString(), cancellation).ConfigureAwait(false) ?? throw new FactoryException(BootcFaults.NoLocalImage(image.ToString()));
        return found.Id;
    }
}
