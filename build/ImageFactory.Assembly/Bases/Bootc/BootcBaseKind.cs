using ImageFactory.Assembly.Bases.Debian;
using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Disk;
using ImageFactory.Assembly.SystemSetup.Options;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>A bootable container, ready or built here.</summary>
internal sealed class BootcBaseKind : IBaseKind
{
    private const string What = "base";
    private const string Builder = "image-builder";

    public bool Handles(BaseSource source) => source is BootcBase;

    public BaseSource Extend(Recipe recipe, SystemOption option)
    {
        BootcBase settings = (BootcBase)recipe.Base;
        if (settings.Way != BootcWay.Direct && option.Facts.DracutModules.Count > 0)
            throw new FactoryException(OptionFaults.OwnInitrd(option.Key, option.Facts.DracutModules, "bootc-image-builder takes the image's own"));
        // Packages are the Containerfile's matter: their layer looks for what they bring.
        return settings with { Initrd = settings.Initrd.With(option) };
    }

    public async Task<BaseContribution> ContributeAsync(Recipe recipe, BaseSurroundings surroundings, CancellationToken cancellation)
    {
        BootcBase settings = (BootcBase)recipe.Base;
        EngineAccess access = new(surroundings.Engine, surroundings.Registry, recipe.Architecture);
        List<IStage> stages = [];
        StageFile? import = null;
        if (settings.Import is { } packages)
        {
            stages.AddRange(DebianBaseKind.RootStages(recipe, packages, surroundings, out StageFile root));
            import = root;
        }
        else
        {
            stages.AddRange(DebianBaseKind.ToolStages(surroundings));
        }

        BuildContext? context = Read(settings, recipe.Name, surroundings, cancellation);
        List<(string Name, string Stage)> pinned = Pin(recipe, settings, context, access, surroundings, stages);
        BootcImage image = new(settings, recipe.Name, recipe.Architecture, context, pinned, import, access, surroundings.Bundle);
        IReadOnlyList<(string Name, string Value)> described = await image.DescribeAsync(cancellation).ConfigureAwait(false);
        stages.Add(new BootcSystemStage(image, described, recipe, settings, access));
        StageFile tar = new(BootcSystemStage.StageName, BootcSystemStage.TarFile);
        SystemContribution system = new(
            stages,
            tar,
            new StageFile(BootcSystemStage.StageName, BootcSystemStage.KernelFile),
            new StageFile(BootcSystemStage.StageName, BootcSystemStage.InitrdFile),
            new StageFile(BootcSystemStage.StageName, BootcSystemStage.KernelVersionFile),
            settings.Way == BootcWay.Direct ? new BootcTreeRules(recipe.System.KernelArguments) : new NoTreeRules());
        if (image.IsOnlyHere)
            stages.Add(new SaveContainerStage(image, access));
        if (settings.Way == BootcWay.Direct)
            return system with { LastLayers = [new SelinuxLayer()] };

        stages.Add(PinStage(Builder, ImageReference.Parse(settings.Builder.Image), recipe.Architecture, access, surroundings));
        return system with
        {
            LastLayers = [new BootcArgumentsLayer(recipe.System.KernelArguments)],
            OwnDisk = new ImageBuilderStage(recipe, settings.Builder, image, access, ImageStages.Resolve(Builder)),
        };
    }

    private static BuildContext? Read(BootcBase settings, string recipe, BaseSurroundings surroundings, CancellationToken cancellation)
    {
        if (settings.Containerfile is null)
            return null;
        Dictionary<string, string> arguments = new(settings.Args, StringComparer.Ordinal);
        if (settings.Import is not null)
            arguments[BootcImage.ImportArgument] = BootcImage.ImportTag(recipe);
        try
        {
            return BuildContext.Read(settings.Containerfile, settings.Context, arguments, cancellation);
        }
        catch (FactoryException e)
        {
            throw new FactoryException([.. e.Faults.Select(f => f.Where is null ? f.At(surroundings.Origins.Of("base.containerfile")) : f)], e);
        }
    }

    /// <summary>A stage for each image that is asked for by name.</summary>
    /// <exception cref="FactoryException">IFC301 for each name that cannot be pinned.</exception>
    private static List<(string Name, string Stage)> Pin(
        Recipe recipe, BootcBase settings, BuildContext? context, EngineAccess access, BaseSurroundings surroundings, List<IStage> stages)
    {
        if (context is null)
        {
            stages.Add(PinStage(What, ImageReference.Parse(settings.Image!), recipe.Architecture, access, surroundings));
            return [(settings.Image!, ImageStages.Resolve(What))];
        }

        List<(string Name, string Stage)> pinned = [];
        List<Fault> faults = [];
        foreach ((int number, ImageMention mention) in context.Containerfile.Images.Where(i => settings.Import is null || i.Name != BootcImage.ImportTag(recipe.Name)).Index())
        {
            if (!ImageReference.TryParse(mention.Name, out ImageReference? reference, out Fault? fault))
            {
                faults.Add(BootcFaults.NoReference(context.ShownAs, mention.Line, mention.Name, fault!.Message));
                continue;
            }

            string what = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{What}-{number}");
            stages.Add(PinStage(what, reference!, recipe.Architecture, access, surroundings, isNamedOnly: true));
            pinned.Add((mention.Name, ImageStages.Resolve(what)));
        }

        FactoryException.ThrowIfAny(faults);
        return pinned;
    }

    private static IStage PinStage(string what, ImageReference reference, Architecture architecture, EngineAccess access, BaseSurroundings surroundings, bool isNamedOnly = false) =>
        PinLocalImageStage.IsLocal(reference)
            ? new PinLocalImageStage(what, reference, access.Engines, surroundings.Bundle)
            : new ResolveImageStage(what, reference, architecture, surroundings.Registry, surroundings.AskAgain, surroundings.LockedDigestOf(reference)) { IsNamedOnly = isNamedOnly };
}
