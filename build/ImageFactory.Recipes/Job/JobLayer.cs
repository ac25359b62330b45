using ImageFactory.Model;
using ImageFactory.Recipes.Layers;
using ImageFactory.Recipes.Shapes;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Job;

/// <summary>The Job's say, between the recipe's files and the environment of the factory itself.</summary>
internal sealed record JobLayer(IReadOnlyList<Assignment> Assignments, IReadOnlyList<Fault> Faults, JobFacts? Facts)
{
    private const string ProviderKey = "CLOUD_PROVIDER";

    /// <summary>Names that begin so are meant for the Job; others may be anybody's.</summary>
    private static readonly string[] Families = ["AMI_", "BOOTC_", "BIB_", "IMAGE_", "PODVM_IMAGE", "SE_", "HOST_KEY", "PAUSE_IMAGE", "UPDATE_", "CONFIDENTIAL_", "AGENT_POLICY"];

    public static JobLayer Read(JobCall call, MappingNode recipe, string folder)
    {
        string? chosen = JobScope.ValueIn(call.Variables, ProviderKey);
        if (chosen is null)
            return new JobLayer([], [JobFaults.Missing(ProviderKey, "set it in the ConfigMap peer-pods-cm: aws, azure, gcp or libvirt")], null);
        JobProvider? provider = JobProvider.All.FirstOrDefault(p => p.Name.Equals(chosen, StringComparison.OrdinalIgnoreCase));
        if (provider is null)
        {
            bool ibm = chosen.Equals("ibmcloud", StringComparison.OrdinalIgnoreCase);
            return new JobLayer([], [ibm ? JobFaults.IbmCloud() : JobFaults.UnknownProvider(chosen, JobProvider.All.Select(p => p.Name))], null);
        }

        int destination = DestinationIn(recipe, provider);
        JobScope job = new(call, recipe, folder, provider, destination);
        Apply(job, provider);
        return new JobLayer(job.Assignments, [.. job.Faults, .. Remarks(call, job, provider)], new JobFacts(provider.Name, destination));
    }

    private static void Apply(JobScope job, JobProvider provider)
    {
        job.AddDestination();
        foreach (JobKey key in JobKeys.All.Where(k => k.Provider is null || k.Provider == provider.Name))
        {
            // What is removed need not be described, and a fault in its description must not keep it from going.
            bool counts = !job.OnlyDestination || key.Use == JobKeyUse.Removal || (key.Sets.Count > 0 && key.Sets.All(s => s.StartsWith("publish[]", StringComparison.Ordinal)));
            if (counts && key.Apply is { } apply && job.Value(key.Name) is { } value)
                apply(job, value);
        }

        provider.Complete(job);
        job.SetOwner();
        if (!job.OnlyDestination && !job.RecipeHasBase && !job.IsReady)
            job.Refuse(JobFaults.Missing("PODVM_IMAGE_URI", "name the image of the pod VM there, for example oci::registry.example.com/podvm:1.0, or a recipe that has a base with --recipe"));
        if (!job.HasBase)
            JobValues.NoBase(job);
        if (job.Machine == Architecture.S390x && !job.HasArchitecture)
            job.SetWord("CLOUD_PROVIDER", "architecture", "s390x");
    }

    private static int DestinationIn(MappingNode recipe, JobProvider provider)
    {
        if (recipe.Find("publish")?.Value is not SequenceNode list)
            return 0;
        int index = list.Items.ToList().FindIndex(i => KindsShape.KindOf(i) == provider.Kind);
        return index < 0 ? list.Items.Count : index;
    }

    /// <summary>What a user who looks for the reason of something must know, in as few lines as that takes.</summary>
    private static IEnumerable<Fault> Remarks(JobCall call, JobScope job, JobProvider provider)
    {
        HashSet<string> known = [.. JobKeys.All.Select(k => k.Name)];
        string[] obsolete =
        [
            .. JobKeys.All.Where(k => k.Use == JobKeyUse.Obsolete && (k.Provider is null || k.Provider == provider.Name) && job.Value(k.Name) is not null).Select(k => k.Name).Order(StringComparer.Ordinal),
        ];
        if (obsolete.Length > 0)
            yield return JobFaults.Obsolete(obsolete);
        if (job.Idle.Count > 0)
            yield return JobFaults.WithoutEffect([.. job.Idle], "they are about images that are built in another way; build/job/keys.md says when each counts");
        foreach (string name in call.Variables.Keys.Where(n => !known.Contains(n) && Families.Any(f => n.StartsWith(f, StringComparison.Ordinal))).Order(StringComparer.Ordinal))
        {
            if (NearestName.Of(name, known) is { } nearest)
                yield return JobFaults.Unknown(name, nearest);
        }
    }
}
