using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.SystemSetup.Options;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Bases.Qcow2;

/// <summary>A disk image from a file or an address.</summary>
internal sealed class QcowBaseKind : IBaseKind
{
    public bool Handles(BaseSource source) => source is QcowBase;

    public BaseSource Extend(Recipe recipe, SystemOption option) =>
        (QcowBase)recipe.Base with { Guest = DiskConversion.Extend(recipe, ((QcowBase)recipe.Base).Guest, option) };

    public async Task<BaseContribution> ContributeAsync(Recipe recipe, BaseSurroundings surroundings, CancellationToken cancellation)
    {
        QcowBase settings = (QcowBase)recipe.Base;
        // A digest that the recipe gives stands for the file, which is then read only when the stage runs.
        Sha256 digest = settings.Sha256 is { } given ? new Sha256(given.ToLowerInvariant()) : await DigestAsync(settings.Path!, surroundings, cancellation).ConfigureAwait(false);
        Sha256? backing = settings.Backing is null ? null : await DigestAsync(settings.Backing, surroundings, cancellation).ConfigureAwait(false);
        return new DiskContribution([new BaseDiskStage(settings, digest, backing, surroundings.Bundle)], new StageFile(BaseDiskStage.StageName, BaseDiskStage.DiskFile)) { Guest = settings.Guest };
    }

    private static async Task<Sha256> DigestAsync(SourcePath path, BaseSurroundings surroundings, CancellationToken cancellation)
    {
        try
        {
            return await Sha256.OfFileAsync(path.FullPath, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(QcowFaults.Missing(path.Text, e.Message).At(surroundings.Origins.Of("base")), e);
        }
    }
}
