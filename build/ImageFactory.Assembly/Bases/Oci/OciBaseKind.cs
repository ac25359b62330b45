using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.SystemSetup.Options;
using ImageFactory.Model.Recipes;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Bases.Oci;

/// <summary>A container image, or an artifact, that holds a disk.</summary>
internal sealed class OciBaseKind : IBaseKind
{
    private const string What = "base";

    public bool Handles(BaseSource source) => source is OciBase;

    public BaseSource Extend(Recipe recipe, SystemOption option) =>
        (OciBase)recipe.Base with { Guest = DiskConversion.Extend(recipe, ((OciBase)recipe.Base).Guest, option) };

    public Task<BaseContribution> ContributeAsync(Recipe recipe, BaseSurroundings surroundings, CancellationToken cancellation)
    {
        OciBase settings = (OciBase)recipe.Base;
        (ImageReference image, string? path) = Read(settings);
        return Task.FromResult<BaseContribution>(new DiskContribution(
            [
                new ResolveImageStage(What, image, recipe.Architecture, surroundings.Registry, surroundings.AskAgain, surroundings.LockedDigestOf(image)),
                new FetchDiskStage(What, path, recipe.Architecture, surroundings.Registry),
            ],
            new StageFile(ImageStages.Fetch(What), FetchDiskStage.DiskFile))
        {
            Guest = settings.Guest,
        });
    }

    /// <summary>The Job's form <c>oci::IMAGE[::PATH]</c> may name the path too.</summary>
    private static (ImageReference Image, string? Path) Read(OciBase settings)
    {
        if (!settings.Image.StartsWith("oci::", StringComparison.Ordinal))
            return (ImageReference.Parse(settings.Image), settings.Path);
        PodVmImageUri uri = PodVmImageUri.Parse(settings.Image);
        return (uri.Image, uri.HasPath ? uri.Path : settings.Path);
    }
}
