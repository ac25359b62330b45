using ImageFactory.Build.Composition.Diff;
using ImageFactory.SecureExecution.HostKeys;

namespace ImageFactory.Build.Composition;

/// <summary>
/// Everything that tasks and verbs ask of the factory's libraries. Made once per run by <see cref="FactoryComposition"/> from the run's options.
/// A fault that ends the work is thrown; everything else is part of the answer.
/// </summary>
internal interface IFactory
{
    Task<Answer> ValidateAsync(CancellationToken cancellation);

    Task<Answer> PlanAsync(CancellationToken cancellation);

    /// <summary>The stages of a build and whether each would run; does nothing.</summary>
    Task<Answer> ForecastAsync(CancellationToken cancellation);

    Task<Answer> BuildAsync(CancellationToken cancellation);

    /// <summary>The image, and then the destinations of the recipe, if it has any.</summary>
    Task<Answer> MakeAsync(CancellationToken cancellation);

    /// <summary>The same for a recipe that must have destinations.</summary>
    Task<Answer> PublishAsync(CancellationToken cancellation);

    /// <param name="image">Digest of the image; null: the one that was built last.</param>
    /// <param name="force">Also what is in use.</param>
    /// <param name="cancellation">Ends the work.</param>
    Task<Answer> UnpublishAsync(string? image, bool force, CancellationToken cancellation);

    /// <param name="remove">Remove what is found, too.</param>
    /// <param name="cancellation">Ends the work.</param>
    Task<Answer> CollectAsync(bool remove, CancellationToken cancellation);

    /// <summary>Builds, builds again from nothing in another folder, and compares the images and all that was told of them.</summary>
    Task<Answer> ReproduceAsync(CancellationToken cancellation);

    Task<Answer> BootCheckAsync(CancellationToken cancellation);

    Task<Answer> ExplainAsync(string stage, CancellationToken cancellation);

    Task<Answer> LockAsync(CancellationToken cancellation);

    /// <summary>Packs all inputs of the recipe, which must be locked.</summary>
    /// <param name="file">The archive to write, absolute.</param>
    /// <param name="cancellation">Ends the work; nothing is left then.</param>
    Task<Answer> BundleAsync(string file, CancellationToken cancellation);

    /// <summary>The objects of Kubernetes for the recipe's destination of one provider.</summary>
    Task<Answer> RenderAsync(string provider, CancellationToken cancellation);

    Task<Answer> CleanAsync(CancellationToken cancellation);

    Task<Answer> SchemaAsync(CancellationToken cancellation);

    Task<Answer> StoreGcAsync(long maxSize, CancellationToken cancellation);

    Task<Answer> StoreListAsync(CancellationToken cancellation);

    Task<Answer> StoreVerifyAsync(CancellationToken cancellation);

    Task<Answer> InspectAsync(string image, bool lint, CancellationToken cancellation);

    Task<Answer> MeasureAsync(string image, MeasureQuestion question, CancellationToken cancellation);

    Task<Answer> DiffAsync(DiffQuestion question, CancellationToken cancellation);

    Task<Answer> MeasureDiffAsync(string before, string after, CancellationToken cancellation);

    /// <summary>What of artifacts holds, in a folder or a registry.</summary>
    Task<Answer> VerifyAsync(VerifyQuestion question, CancellationToken cancellation);

    /// <param name="file">Null: the recipe's policy.</param>
    /// <param name="kata">Null: the release of the recipe, for a file that of a recipe that names none.</param>
    /// <param name="cancellation">Ends the work.</param>
    Task<Answer> PolicyShowAsync(string? file, string? kata, CancellationToken cancellation);

    /// <param name="files">None: the recipe's policy.</param>
    /// <param name="kata">Null: the release of the recipe, for a file that of a recipe that names none.</param>
    /// <param name="cancellation">Ends the work.</param>
    Task<Answer> PolicyCheckAsync(IReadOnlyList<string> files, string? kata, CancellationToken cancellation);

    Task<Answer> PolicyDiffAsync(string before, string after, string? kata, CancellationToken cancellation);

    /// <summary>Evaluates cases with a program of others.</summary>
    /// <param name="file">The policy.</param>
    /// <param name="cases">A file or a folder; null: the file beside the policy.</param>
    /// <param name="kata">Null: the release of a recipe that names none.</param>
    /// <param name="cancellation">Ends the work.</param>
    Task<Answer> PolicyTestAsync(string file, string? cases, string? kata, CancellationToken cancellation);

    /// <summary>Publishes the image that the Job's environment asks for, and tells the cluster of it.</summary>
    Task<Answer> JobCreateAsync(CancellationToken cancellation);

    /// <param name="force">Also what pods boot from, or what is in use.</param>
    /// <param name="gallery">Azure: the gallery too.</param>
    /// <param name="cancellation">Ends the work.</param>
    Task<Answer> JobDeleteAsync(bool force, bool gallery, CancellationToken cancellation);

    Task<Answer> JobDeleteGalleryAsync(bool force, CancellationToken cancellation);

    /// <summary>The entries of a fleet with their indexes, once nothing is wrong with any of them.</summary>
    /// <param name="list">As the user named it.</param>
    /// <param name="cancellation">Ends the work.</param>
    Task<Answer> FleetPlanAsync(string list, CancellationToken cancellation);

    /// <summary>Builds one entry of a fleet, publishes it where its recipe has destinations, and tells the cluster what became of it.</summary>
    /// <param name="list">As the user named it.</param>
    /// <param name="index">Among the entries of this machine's architecture; null: the environment says it.</param>
    /// <param name="cancellation">Ends the work.</param>
    Task<Answer> FleetBuildAsync(string list, string? index, CancellationToken cancellation);

    /// <param name="list">Null: the entries that have a result.</param>
    /// <param name="cancellation">Ends the work.</param>
    Task<Answer> FleetStatusAsync(string? list, CancellationToken cancellation);

    /// <summary>Verifies host key documents of Secure Execution.</summary>
    Task<Answer> HkdCheckAsync(HostKeySettings settings, CancellationToken cancellation);

    Task<Answer> SeInfoAsync(SeInfoCall call, CancellationToken cancellation);

    Task<Answer> SeVerifyAsync(SeVerifyCall call, CancellationToken cancellation);

    Task<Answer> SeRefValuesAsync(SeRefValuesCall call, CancellationToken cancellation);

    Task<Answer> SeCreateAsync(SeCreateCall call, CancellationToken cancellation);

    Task<Answer> SeTrusteeBundleAsync(SeBundleCall call, CancellationToken cancellation);
}
