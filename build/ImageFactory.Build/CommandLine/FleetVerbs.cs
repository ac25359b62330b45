using System.Globalization;
using static ImageFactory.Build.CommandLine.Options;

namespace ImageFactory.Build.CommandLine;

/// <summary>Many images at once, each by a pod of an Indexed Job (build/job/fleet).</summary>
internal static class FleetVerbs
{
    public static Option List { get; } = new("--list", "FILE", "the fleet: a list of recipes, see build/job/README.md");

    public static Option Index { get; } = new("--index", "N", "which entry for this machine's architecture, from 0; JOB_COMPLETION_INDEX when left out")
    {
        Check = value => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null : "a number from 0",
    };

    public static Verb Plan { get; } = new("fleet plan", "check a fleet and all its recipes, and show which index builds what")
    {
        Options = [List, Json],
        Required = [List],
        Examples = ["fleet plan --list fleet.yaml"],
    };

    public static Verb Build { get; } = new("fleet build", "build and publish one entry of a fleet, and tell the cluster")
    {
        IsForPods = true,
        Options = [List, Index, SharedStore, Kubeconfig, Output, Store, Jobs, Json],
        Required = [List],
        Examples = ["fleet build --list fleet.yaml --index 3"],
    };

    public static Verb Status { get; } = new("fleet status", "say what became of a fleet's images: 0 when all are made")
    {
        Options = [List, Kubeconfig, Json],
        Examples = ["fleet status", "fleet status --list fleet.yaml --json"],
    };

    public static IReadOnlyList<Verb> All { get; } = [Plan, Build, Status];
}
