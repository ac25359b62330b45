using ImageFactory.Measurement.Reporting;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Build.Composition.Diff;

/// <summary>Which sections of the report a recipe value, an input or a tool can have changed. Measurements have their own causes, event by event.</summary>
internal static class DiffCauses
{
    public const string Packages = "packages";
    public const string Files = "files";
    public const string Units = "units";
    public const string KernelArguments = "kernelArguments";
    public const string Boot = "boot";
    public const string Policy = "policy";

    /// <summary>The first that fits counts: the longer keys come first. Names of inputs begin as keys do: <c>payload[0]</c>, <c>policy</c>, <c>overlay podvm</c>.</summary>
    private static readonly (string Key, string[] Reaches)[] Known =
    [
        ("system.kernelArguments", [KernelArguments, Boot]),
        ("system.units", [Units, Files]),
        ("system", [Files, Units, Boot]),
        ("agentPolicy", [Policy, Files]),
        ("policy", [Policy, Files]),
        ("payload", [Files, Units]),
        ("overlay", [Files, Units]),
        ("option", [Files, Units, Boot]),
        ("base", [Packages, Files, Units, Boot]),
        ("image", [Packages, Files, Units, Boot]),
        ("disk", [KernelArguments, Boot, Files]),
        ("secureBoot", [Boot]),
        ("secureExecution", [KernelArguments, Boot]),
        ("architecture", [Packages, Files, Units, KernelArguments, Boot]),
        ("sourceDateEpoch", [Files, Boot]),
        ("name", [Files, Boot]),
    ];

    public static IReadOnlyList<ReachingCause> Between(Manifest before, Manifest after) =>
        [.. ChangeCauses.Between(before, after).Select(c => new ReachingCause(c.Kind, c.Key, c.Text, ReachesOf(c)))];

    private static string[] ReachesOf(ChangeCause cause) => cause.Kind == ChangeCause.Tool
        ? [Boot]
        : Known.FirstOrDefault(k => cause.IsWithin([k.Key]) || (cause.Kind == ChangeCause.Input && cause.Key.StartsWith(k.Key + " ", StringComparison.Ordinal))).Reaches ?? [];
}
