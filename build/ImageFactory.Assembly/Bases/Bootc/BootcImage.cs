using ImageFactory.Assembly.Bases.Bootc.Engine;
using ImageFactory.Assembly.Bundles;
using ImageFactory.Assembly.Containers;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>Brings the image of a recipe into the container engine: pulled by its digest, or built from pinned images.</summary>
/// <param name="context">Null for a ready image.</param>
/// <param name="pinned">The images that are asked for, each with the stage that pins it.</param>
/// <param name="import">A root file system that is imported first.</param>
/// <param name="bundle">Has the image, where there is one: nothing is built then.</param>
internal sealed class BootcImage(
    BootcBase settings,
    string recipe,
    Architecture architecture,
    BuildContext? context,
    IReadOnlyList<(string Name, string Stage)> pinned,
    StageFile? import,
    EngineAccess access,
    BundleContents? bundle = null)
{
    /// <summary>The build argument that names the imported image.</summary>
    public const string ImportArgument = "BASE";

    /// <summary>podman's service moves files of such names out of the context before it looks into it, so that no COPY takes them.</summary>
    private const string SecretPrefix = "podman-build-secret";

    /// <summary>How faults call it.</summary>
    public string ShownAs => settings.Image ?? context!.ShownAs;

    public IReadOnlyList<string> After => [.. pinned.Select(p => p.Stage).Concat(import is null ? [] : [import.Stage]).Distinct()];

    /// <summary>No registry has the image: it is built here, or was built by somebody in this engine.</summary>
    public bool IsOnlyHere => context is not null || PinLocalImageStage.IsLocal(ImageReference.Parse(settings.Image!));

    public static string ImportTag(string recipe) => $"localhost/imagefactory/{recipe}-base:latest";

    /// <summary>What decides the image beside those it is made from, for keys. Of secrets only their ids.</summary>
    public async Task<IReadOnlyList<(string Name, string Value)>> DescribeAsync(CancellationToken cancellation)
    {
        List<(string, string)> fields = [("image", settings.Image ?? ""), ("target", settings.Target ?? ""), ("secrets", string.Join(' ', settings.Secrets.Select(s => s.Id)))];
        fields.AddRange(settings.Args.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => ("argument " + a.Key, a.Value)));
        if (context is not null)
            fields.AddRange([("containerfile", context.Path), ("context", (await context.DigestAsync(cancellation).ConfigureAwait(false)).Hex)]);
        return fields;
    }

    /// <returns>The image in the engine.</returns>
    public async Task<EngineImage> ObtainAsync(IContainerEngine engine, StageScope scope, EngineLog log, CancellationToken cancellation)
    {
        string id = bundle is not null && IsOnlyHere ? await LoadAsync(bundle, engine, scope, log, cancellation).ConfigureAwait(false)
            : context is null ? await PullAsync(engine, scope, log, cancellation).ConfigureAwait(false)
            : await BuildAsync(engine, scope, log, cancellation).ConfigureAwait(false);
        EngineImage image = await engine.FindImageAsync(id, cancellation).ConfigureAwait(false) ?? throw new FactoryException(BootcFaults.NoLocalImage(ShownAs));
        string wanted = architecture == Architecture.S390x ? "s390x" : "amd64";
        return image.Architecture is "" || image.Architecture == wanted ? image : throw new FactoryException(BootcFaults.OtherArchitecture(ShownAs, image.Architecture, wanted));
    }

    /// <summary>The image that the system was taken out of, which the engine may have lost since.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="FactoryException">IFC316: it is gone, and there is another in its place.</exception>
    public async Task<string> FindAgainAsync(IContainerEngine engine, StageScope scope, EngineLog log, CancellationToken cancellation)
    {
        string id = (await File.ReadAllTextAsync(scope.Input(BootcSystemStage.StageName, BootcSystemStage.ImageIdFile), cancellation).ConfigureAwait(false)).Trim();
        if (await engine.FindImageAsync(id, cancellation).ConfigureAwait(false) is not null)
            return id;
        EngineImage again = await ObtainAsync(engine, scope, log, cancellation).ConfigureAwait(false);
        return again.Id == id ? id : throw new FactoryException(BootcFaults.AnotherImage(ShownAs));
    }

    private async Task<string> LoadAsync(BundleContents from, IContainerEngine engine, StageScope scope, EngineLog log, CancellationToken cancellation)
    {
        if (from.FindContainer(BundledContainer.Base) is not { Digest: { } archive } saved)
            throw new FactoryException(BootcFaults.NotCarried(ShownAs));
        return await EngineAccess.LoadAsync(
            engine, scope, ShownAs, [saved.Id], stream => from.CopyAsync(ContentDigest.Parse(archive), stream, cancellation), log, cancellation).ConfigureAwait(false);
    }

    private async Task<string> PullAsync(IContainerEngine engine, StageScope scope, EngineLog log, CancellationToken cancellation)
    {
        PinnedImage image = PinnedImage.Read(scope.Inputs[pinned[0].Stage]);
        ImageReference reference = ImageReference.Parse(image.Reference);
        if (PinLocalImageStage.IsLocal(reference))
            return image.Manifest;
        return await access.BringAsync(engine, scope, image, log, cancellation).ConfigureAwait(false);
    }

    private async Task<string> BuildAsync(IContainerEngine engine, StageScope scope, EngineLog log, CancellationToken cancellation)
    {
        if (scope.Offline)
            throw new FactoryException(BootcFaults.Offline("building a Containerfile"));
        Dictionary<string, string> arguments = new(settings.Args, StringComparer.Ordinal);
        string tagged = $"localhost/imagefactory/{recipe}:latest";
        List<EngineImage?> before = [await engine.FindImageAsync(tagged, cancellation).ConfigureAwait(false)];
        if (import is not null)
        {
            scope.Log.Info("importing the base from packages");
            string tag = ImportTag(recipe);
            before.Add(await engine.FindImageAsync(tag, cancellation).ConfigureAwait(false));
            arguments[ImportArgument] = tag;
            await engine.ImportAsync(import.In(scope), tag, cancellation).ConfigureAwait(false);
        }

        Dictionary<string, string> names = new(StringComparer.Ordinal);
        List<ImageReference> references = [];
        foreach ((string name, string stage) in pinned)
        {
            PinnedImage image = PinnedImage.Read(scope.Inputs[stage]);
            ImageReference reference = ImageReference.Parse(image.Reference);
            bool local = PinLocalImageStage.IsLocal(reference);
            names[name] = local ? image.Manifest["sha256:".Length..] : await access.BringAsync(engine, scope, image, log, cancellation).ConfigureAwait(false);
            references.Add(reference);
        }

        Dictionary<string, string> files = settings.Secrets.ToDictionary(s => s.Id, s => SecretPrefix + Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal), StringComparer.Ordinal);
        Dictionary<string, byte[]> secrets = await ReadSecretsAsync(files, cancellation).ConfigureAwait(false);
        string id = await engine.BuildAsync(
            new ImageBuildCall
            {
                Context = stream => context!.Write(stream, names, secrets, cancellation),
                Containerfile = context!.Path,
                Tag = tagged,
                Target = settings.Target,
                Arguments = arguments,
                Secrets = files,
                Authorizations = access.Credentials().For(references),
            },
            log,
            cancellation).ConfigureAwait(false);
        foreach (EngineImage old in before.OfType<EngineImage>().Where(o => o.Id != id))
            await ForgetAsync(engine, old.Id, scope, cancellation).ConfigureAwait(false);
        return id;
    }

    /// <summary>The image of an earlier build has lost its name to this one's; somebody may still use it.</summary>
    private static async Task ForgetAsync(IContainerEngine engine, string id, StageScope scope, CancellationToken cancellation)
    {
        try
        {
            await engine.RemoveImageAsync(id, cancellation).ConfigureAwait(false);
        }
        catch (FactoryException e)
        {
            scope.Log.Info($"the image of the last build stays in the engine: {e.Faults[0].Detail ?? e.Faults[0].Message}");
        }
    }

    private async Task<Dictionary<string, byte[]>> ReadSecretsAsync(Dictionary<string, string> files, CancellationToken cancellation)
    {
        Dictionary<string, byte[]> read = new(StringComparer.Ordinal);
        List<Fault> faults = [];
        foreach (BuildSecret secret in settings.Secrets)
        {
            try
            {
                read[files[secret.Id]] = await File.ReadAllBytesAsync(secret.File.FullPath, cancellation).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                faults.Add(BootcFaults.SecretUnreadable(secret.Id, secret.File.Text, e.Message));
            }
        }

        FactoryException.ThrowIfAny(faults);
        return read;
    }
}
