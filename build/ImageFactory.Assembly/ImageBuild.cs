using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Bases.Debian;
using ImageFactory.Assembly.Disk;
using ImageFactory.Assembly.Packages;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly;

/// <summary>The stages that make the image of a recipe, and where its parts lie in their outputs.</summary>
public sealed class ImageBuild
{
    private ImageBuild(Recipe recipe, IReadOnlyList<IStage> stages)
    {
        Stages = stages;
        ImageFile = DiskStage.ImageFile(recipe.Disk);
    }

    /// <summary>The stage whose output is the image; reaching it is a build.</summary>
    public const string Goal = DiskStage.StageName;

    /// <summary>The stage that pins packages; reaching it is what <c>lock</c> needs.</summary>
    public const string LockGoal = ResolvePackagesStage.StageName;

    /// <summary>File with the pinned packages in the output of <see cref="LockGoal"/>.</summary>
    public const string LockFile = ResolvePackagesStage.LockFile;

    public IReadOnlyList<IStage> Stages { get; }

    /// <summary>Name of the image file in the output of <see cref="Goal"/>.</summary>
    public string ImageFile { get; }

    /// <param name="recipe">What to build.</param>
    /// <param name="policy">Its agent policy, checked.</param>
    /// <param name="surroundings">What the host found out.</param>
    /// <param name="overlays">Folder with the overlay trees (bootc/overlays).</param>
    /// <exception cref="FactoryException">The recipe asks for what no stage can do.</exception>
    public static ImageBuild Compose(Recipe recipe, CheckedPolicy policy, BaseSurroundings surroundings, string overlays)
    {
        BaseContribution contribution = recipe.Base switch
        {
            DebianBase debian => DebianBaseBuilder.Contribute(recipe, debian, surroundings),
            _ => throw new InvalidOperationException($"no base of kind {recipe.Base.GetType().Name}"),
        };
        DiskSeed seed = new(recipe.Name, recipe.Architecture.ToString());
        long epoch = recipe.SourceDateEpoch;

        List<ITreeLayer> layers = [new OverlayLayer(Path.Combine(overlays, "podvm"))];
        if (recipe.Disk.Scratch != Scratch.None)
            layers.Add(new OverlayLayer(Path.Combine(overlays, recipe.Disk.Scratch == Scratch.Luks2 ? "scratch-luks2" : "scratch-plain")));
        for (int i = 0; i < recipe.Payload.Count; i++)
            layers.Add(new PayloadLayer(recipe.Payload[i], i, surroundings.Origins));
        layers.Add(new AgentPolicyLayer(policy));
        layers.Add(new SystemLayer(recipe.System, surroundings.Origins));

        List<IStage> stages =
        [
            .. contribution.Stages,
            new AssembleRootStage(contribution.RootTar, contribution.TreeRules, layers, epoch),
            new RootImageStage(recipe.Disk, seed, epoch),
            new UkiStage(recipe, seed, contribution.Kernel, contribution.Initrd, contribution.KernelVersion),
            new DiskStage(recipe.Disk, recipe.Architecture, seed, epoch, DiskSize.Minimum(recipe.Disk)),
        ];
        if (recipe.Disk.Integrity == Integrity.Verity)
            stages.Add(new VerityStage(seed));
        return new ImageBuild(recipe, stages);
    }
}
