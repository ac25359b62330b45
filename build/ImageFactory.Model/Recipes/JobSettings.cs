using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ImageFactory.Model.Recipes;

[Description("What the Kubernetes Job does once the image is there. Nothing of it decides the image, so it is no part of the recipe's digest.")]
public sealed record JobSettings
{
    [Description("Write the image's id into the ConfigMap peer-pods-cm, so that new pods boot it (the Job's UPDATE_PEERPODS_CM). The annotation with the id is written in any case.")]
    public bool UpdatePeerPods { get; init; }

    [Description("When the id is written there: immediately, or hold, which leaves it alone until a run without hold, so that reference values can be applied first.")]
    public Rollout Rollout { get; init; } = Rollout.Immediate;

    [Description("Where reference values and attestation policies are put for an administrator to apply.")]
    public ReferenceValuesSettings ReferenceValues { get; init; } = new();
}

[JsonConverter(typeof(JsonStringEnumConverter<Rollout>))]
public enum Rollout
{
    [JsonStringEnumMemberName("immediate")]
    Immediate,

    [JsonStringEnumMemberName("hold")]
    Hold,
}

[Description("A ConfigMap with one key for each file of reference values and policies.")]
public sealed record ReferenceValuesSettings
{
    [Description("Its namespace. Left out: that of the Job.")]
    public string? Namespace { get; init; }

    [Description("Its name.")]
    public string Name { get; init; } = "podvm-reference-values";

    [Description("Also overwrite one that was not made by the Job, such as Trustee's own. Otherwise that is a fault.")]
    public bool Overwrite { get; init; }
}
