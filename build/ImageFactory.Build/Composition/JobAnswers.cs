using System.Text;
using ImageFactory.Build.Hosting;
using ImageFactory.Build.Reporting;
using ImageFactory.Cluster.ConfigMaps;
using ImageFactory.Cluster.Events;
using ImageFactory.Cluster.Job;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Pipeline;
using ImageFactory.Publishing;
using ImageFactory.Publishing.Running;
using ImageFactory.Recipes;
using ImageFactory.Recipes.Job;

namespace ImageFactory.Build.Composition;

/// <summary>
/// The Job: publishes an image and tells the cluster of it, or removes one. What the cluster is told is told last and in one patch; after a failure
/// nothing is told but the failure.
/// </summary>
/// <param name="call">The environment.</param>
/// <param name="cluster">Where the ConfigMaps are.</param>
/// <param name="work">The factory's own work.</param>
/// <param name="reporter">Shows what happens.</param>
/// <param name="secrets">Kept from what the cluster is told, too.</param>
internal sealed class JobAnswers(JobCall call, JobCluster cluster, IJobWork work, IReporter reporter, SecretMask secrets)
{
    /// <summary>Value of the label that says whose a ConfigMap is.</summary>
    private const string Manager = "image-factory";

    private static readonly string[] ReferenceKinds = ["reference-values", "attestation-policy"];

    /// <summary>For telling of a failure when the run is being ended.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    public Task<Answer> CreateAsync(CancellationToken cancellation) => ToldAsync("Create", () => MakeAsync(cancellation), cancellation);

    public Task<Answer> DeleteAsync(bool force, bool gallery, CancellationToken cancellation) =>
        ToldAsync("Delete", () => RemoveAsync(force, gallery, cancellation), cancellation);

    public Task<Answer> DeleteGalleryAsync(bool force, CancellationToken cancellation) => ToldAsync("DeleteGallery", () => RemoveGalleryAsync(force, cancellation), cancellation);

    private async Task<Answer> MakeAsync(CancellationToken cancellation)
    {
        (ConfigMap? map, LoadedRecipe loaded) = await OpenAsync(c => c, cancellation).ConfigureAwait(false);
        ImageKeys keys = ImageKeys.Of(loaded.Job!.Provider);
        PeerPods peers = new(cluster.Maps, keys);
        JobSettings settings = loaded.Recipe.Job;
        bool rollOut = settings is { UpdatePeerPods: true, Rollout: Rollout.Immediate };
        if (map is null && keys.Annotation is null && settings.UpdatePeerPods)
            throw new FactoryException(JobFaults.NobodyIsTold(PeerPods.Name, fails: true));
        foreach (Fault warning in loaded.Warnings)
            reporter.Report(new Faulted(warning));

        await using PublishAnswers publish = work.OpenPublishing();
        PreparedDestination place = publish.Destinations[loaded.Job.Destination];
        string? latest = map is null ? null : peers.LatestIn(map);
        if (latest is not null && await IsThereAsync(place, latest, loaded, keys, cancellation).ConfigureAwait(false))
        {
            ToldImage there = new(latest) { Further = FurtherOf(place, latest) };
            map = await peers.TellAsync(there, rollOut, cancellation).ConfigureAwait(false);
            await SayAsync("PodVMImagePresent", "Create", $"{latest} is there already, from the same inputs", cancellation).ConfigureAwait(false);
            return new Answer($"{latest} is there already\n{Rollouts(settings, map, keys)}") { Json = () => JsonOf(latest, "present", rollOut) };
        }

        await CheckReferenceValuesAsync(settings.ReferenceValues, cancellation).ConfigureAwait(false);
        await SayAsync("PodVMImageStarted", "Create", $"the image '{loaded.Recipe.Name}' is made for {loaded.Job.Provider}", cancellation).ConfigureAwait(false);
        BuildOutcome outcome = await work.BuildAsync(publish, cancellation).ConfigureAwait(false);
        if (outcome.Results.Any(r => !r.Succeeded))
            throw new FactoryException([.. outcome.Results.SelectMany(r => r.Faults)]);

        Publication made = outcome.Results[loaded.Job.Destination].Publication!;
        string? values = await KeepReferenceValuesAsync(settings.ReferenceValues, made, outcome, cancellation).ConfigureAwait(false);
        List<Fault> faults = [.. outcome.Answer.Faults];
        if (place.Setting.Destination is AmiDestination { Method: AmiMethod.Import, Bucket: { } bucket } && await cluster.KeepBucketAsync(bucket, cancellation).ConfigureAwait(false) is { } notKept)
            faults.Add(notKept);

        ToldImage told = new(made.Id) { MadeGallery = made.Objects.GetValueOrDefault("ownGallery"), Further = FurtherOf(place, made.Id) };
        map = await peers.TellAsync(told, rollOut, cancellation).ConfigureAwait(false);
        if (map is null)
            faults.Add(JobFaults.NobodyIsTold(PeerPods.Name, fails: false));
        await SayAsync("PodVMImagePublished", "Create", $"{made.Id} holds the image {made.Image}", cancellation).ConfigureAwait(false);
        if (settings is { UpdatePeerPods: true, Rollout: Rollout.Hold })
            await SayAsync("PodVMImageHeld", "Create", $"{made.Id} waits: {HowToRollOut(values)}", cancellation).ConfigureAwait(false);
        StringBuilder text = new();
        text.Append("image     ").Append(made.Id).Append(made.Adopted ? "  (was there already)" : "").Append('\n');
        text.Append("sha256    ").Append(made.Image).Append('\n');
        if (values is not null)
            text.Append("values    ConfigMap ").Append(values).Append('\n');
        text.Append(Rollouts(settings, map, keys));
        return new Answer(text.ToString()) { Faults = faults, Json = () => JsonOf(made.Id, made.Adopted ? "adopted" : "published", rollOut) };
    }

    private async Task<Answer> RemoveAsync(bool force, bool gallery, CancellationToken cancellation)
    {
        // Before anything is looked at: without it there is no image of this cluster, whatever the variables say.
        if (await cluster.Maps.GetAsync(PeerPods.Name, cancellation).ConfigureAwait(false) is not { } map)
            return new Answer($"there is no ConfigMap {PeerPods.Name}: nothing was removed\n");
        LoadedRecipe loaded = (await OpenAsync(c => c, cancellation).ConfigureAwait(false)).Loaded;
        ImageKeys keys = ImageKeys.Of(loaded.Job!.Provider);
        PeerPods peers = new(cluster.Maps, keys);
        string id = keys.RemovalVariables.Select(v => call.Variables.GetValueOrDefault(v)?.Trim()).FirstOrDefault(v => !string.IsNullOrEmpty(v))
            ?? throw new FactoryException(JobFaults.NothingNamed(keys.RemovalVariables));
        if (peers.InUseIn(map) == id && !force)
            return new Answer($"{id} is the image that pods boot from: nothing was removed. With -f it is.\n");

        await using PublishAnswers publish = work.OpenPublishing();
        PreparedDestination place = publish.Destinations[loaded.Job.Destination];
        INamedImages images = (INamedImages)place.Publisher;
        NamedImage? found = await images.FindAsync(id, cancellation).ConfigureAwait(false);
        if (found?.Owner is { } other && other != place.Setting.Owner)
            throw new FactoryException(JobFaults.OfAnother(id, other, place.Setting.Owner));
        if (found?.UsedBy is { } user && !force)
            throw new FactoryException(JobFaults.InUse(id, user));
        if (found is not null)
            await images.RemoveAsync(found, cancellation).ConfigureAwait(false);

        // Azure's gallery goes before the image is forgotten: what fails then is tried again by the next run.
        IReadOnlyList<string> left = gallery && place.Publisher is IGalleryRemoval whole ? await whole.RemoveGalleryAsync(force: true, cancellation).ConfigureAwait(false) : [];
        await peers.ForgetAsync(id, cancellation).ConfigureAwait(false);
        if (gallery && place.Publisher is IGalleryRemoval && left.Count == 0)
            await peers.ForgetGalleryAsync(cancellation).ConfigureAwait(false);
        string what = found is null ? $"{id} was gone already" : $"removed {id}";
        await SayAsync("PodVMImageRemoved", "Delete", what, cancellation).ConfigureAwait(false);
        return new Answer(what + "\n") { Json = () => JsonOf(id, found is null ? "absent" : "removed", false) };
    }

    private async Task<Answer> RemoveGalleryAsync(bool force, CancellationToken cancellation)
    {
        if (!string.Equals(call.Variables.GetValueOrDefault("CLOUD_PROVIDER")?.Trim(), "azure", StringComparison.OrdinalIgnoreCase))
            return new Answer("only Azure has galleries: nothing to remove\n");
        if (await new PeerPods(cluster.Maps, ImageKeys.Of("azure")).ReadAsync(cancellation).ConfigureAwait(false) is not { } known)
            return new Answer($"there is no ConfigMap {PeerPods.Name}: nothing was removed\n");
        if (known.Annotations.GetValueOrDefault(ImageKeys.GalleryAnnotation) is not { Length: > 0 } gallery)
            return new Answer($"{PeerPods.Name} names no gallery that was made for images: nothing was removed\n");

        Dictionary<string, string> variables = new(call.Variables, StringComparer.Ordinal) { ["IMAGE_GALLERY_NAME"] = gallery };
        variables.Remove("IMAGE_ID");
        LoadedRecipe loaded = (await OpenAsync(c => c with { Variables = variables }, cancellation).ConfigureAwait(false)).Loaded;
        await using PublishAnswers publish = work.OpenPublishing();
        IReadOnlyList<string> left = await ((IGalleryRemoval)publish.Destinations[loaded.Job!.Destination].Publisher).RemoveGalleryAsync(force, cancellation).ConfigureAwait(false);
        if (left.Count > 0)
            return new Answer($"the gallery {gallery} is not empty: nothing was removed\n") { Faults = [JobFaults.GalleryNotEmpty(left)] };
        await new PeerPods(cluster.Maps, ImageKeys.Of("azure")).ForgetGalleryAsync(cancellation).ConfigureAwait(false);
        await SayAsync("PodVMGalleryRemoved", "DeleteGallery", $"the gallery {gallery} is gone", cancellation).ConfigureAwait(false);
        return new Answer($"removed gallery {gallery}\n");
    }

    /// <summary>Cluster and recipe, with the faults of both at once.</summary>
    private async Task<(ConfigMap? Map, LoadedRecipe Loaded)> OpenAsync(Func<JobCall, JobCall> change, CancellationToken cancellation)
    {
        List<Fault> faults = [];
        (ConfigMap? map, string? owner, LoadedRecipe? loaded) = (null, null, null);
        try
        {
            map = await cluster.Maps.GetAsync(PeerPods.Name, cancellation).ConfigureAwait(false);
            owner = await cluster.FindOwnerAsync(cancellation).ConfigureAwait(false);
        }
        catch (FactoryException e)
        {
            faults.AddRange(e.Faults);
        }

        try
        {
            loaded = work.Load(change(call) with { Owner = owner });
        }
        catch (FactoryException e)
        {
            faults.AddRange(e.Faults);
        }

        FactoryException.ThrowIfAny(faults);
        return (map, loaded!);
    }

    /// <summary>
    /// The image that the cluster knows is there under its name, and made of the same recipe. One without an owner is of the scripts that this replaces: it is taken
    /// as it is, as they would.
    /// </summary>
    private static async Task<bool> IsThereAsync(PreparedDestination place, string id, LoadedRecipe loaded, ImageKeys keys, CancellationToken cancellation) =>
        await ((INamedImages)place.Publisher).FindAsync(id, cancellation).ConfigureAwait(false) is { IsExpected: true } found
        && (found.IsOf(place.Setting.Owner, loaded.Digest) || (found.Owner is null && keys.Annotation is not null));

    private static Dictionary<string, string> FurtherOf(PreparedDestination place, string id) => place.Setting.Destination is LibvirtDestination { Pool: { } pool }
        ? new Dictionary<string, string> { ["LIBVIRT_POOL"] = pool, ["LIBVIRT_VOL_NAME"] = id }
        : [];

    /// <summary>Whether the ConfigMap of the reference values may be written is found out before the work, not after it.</summary>
    private async Task CheckReferenceValuesAsync(ReferenceValuesSettings settings, CancellationToken cancellation) =>
        await cluster.Maps.CheckPutAsync(settings.Name, Manager, settings.Overwrite, cancellation, settings.Namespace).ConfigureAwait(false);

    /// <returns>Name of the ConfigMap; null when there are no values.</returns>
    private async Task<string?> KeepReferenceValuesAsync(ReferenceValuesSettings settings, Publication made, BuildOutcome outcome, CancellationToken cancellation)
    {
        Dictionary<string, string> data = [];
        foreach (ManifestArtifact artifact in outcome.Manifest.Content.Artifacts.Where(a => ReferenceKinds.Contains(a.Kind)))
            data[artifact.File] = await File.ReadAllTextAsync(Path.Combine(outcome.Folder, artifact.File), cancellation).ConfigureAwait(false);
        if (data.Count == 0)
            return null;
        data["image"] = made.Id;
        ConfigMap map = await cluster.Maps.PutAsync(settings.Name, Manager, data, settings.Overwrite, cancellation, settings.Namespace).ConfigureAwait(false);
        return $"{map.Namespace}/{map.Name}";
    }

    private static string Rollouts(JobSettings settings, ConfigMap? map, ImageKeys keys) => (map, settings) switch
    {
        (null, _) => "",
        (_, { UpdatePeerPods: false }) => $"rollout   none: UPDATE_PEERPODS_CM is not yes, so {keys.ImageKey} was left alone\n",
        (_, { Rollout: Rollout.Hold }) => $"rollout   held: {HowToRollOut(null)}\n",
        _ => $"rollout   {PeerPods.Name} has {keys.ImageKey}\n",
    };

    private static string HowToRollOut(string? values) =>
        $"{(values is null ? "" : $"apply ConfigMap {values}, then ")}run the Job again with IMAGEFACTORY_JOB_ROLLOUT=immediate";

    private static string JsonOf(string id, string outcome, bool rolledOut) => JsonForm.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("outcome", outcome);
        json.WriteBoolean("rolledOut", rolledOut);
        json.WriteEndObject();
    });

    private async Task<Answer> ToldAsync(string action, Func<Task<Answer>> run, CancellationToken cancellation)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            using CancellationTokenSource limit = new(LastWords);
            string why = cancellation.IsCancellationRequested ? "stopped by a signal; the same Job goes on where this run stopped" : Terminal.TerminationMessage.Of(Failure.Explain(e, null));
            await SayAsync("PodVMImageFailed", action, why, limit.Token, isWarning: true).ConfigureAwait(false);
            throw;
        }
    }

    private async Task SayAsync(string reason, string action, string note, CancellationToken cancellation, bool isWarning = false)
    {
        try
        {
            if (await cluster.SayAsync(new ClusterEvent(reason, action, secrets.Apply(note)) { IsWarning = isWarning }, cancellation).ConfigureAwait(false) is { } fault)
                reporter.Report(new Faulted(fault));
        }
        catch (OperationCanceledException) when (isWarning)
        {
            // There was no time left to tell of it.
        }
    }
}

/// <summary>What the Job needs of the factory.</summary>
internal interface IJobWork
{
    /// <summary>The recipe, completed by the environment; later calls work with it.</summary>
    LoadedRecipe Load(JobCall call);

    PublishAnswers OpenPublishing();

    Task<BuildOutcome> BuildAsync(PublishAnswers publish, CancellationToken cancellation);
}
