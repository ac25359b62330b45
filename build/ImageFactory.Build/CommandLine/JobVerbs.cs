using static ImageFactory.Build.CommandLine.Options;

namespace ImageFactory.Build.CommandLine;

/// <summary>What the Kubernetes Job does; <c>/podvm-builder.sh</c> gives its words to these.</summary>
internal static class JobVerbs
{
    private static readonly Option[] Inputs = [Recipe, Set, ConfigMap, Kubeconfig, Store];

    public static Option Forced { get; } = new("--force", null, "also what pods boot from, or what is in use") { Aliases = ["-f"] };

    public static Option Gallery { get; } = new("--gallery", null, "Azure: the gallery too, with all that is in it") { Aliases = ["-g"] };

    public static Verb Create { get; } = new("job create", "make and publish the image that the environment asks for")
    {
        IsForPods = true,
        Options = [.. Inputs, Output, SharedStore, Jobs, Json],
        Examples = ["job create", "job create --configmap aws-podvm-image-cm.yaml"],
    };

    public static Verb Delete { get; } = new("job delete", "remove the image that the environment names")
    {
        IsForPods = true,
        Options = [Forced, Gallery, .. Inputs, Json],
        Examples = ["job delete", "job delete -f -g"],
    };

    public static Verb DeleteGallery { get; } = new("job delete-gallery", "remove the gallery that was made for images, on Azure")
    {
        IsForPods = true,
        Options = [Forced, .. Inputs, Json],
        Examples = ["job delete-gallery", "job delete-gallery -f"],
    };

    public static IReadOnlyList<Verb> All { get; } = [Create, Delete, DeleteGallery];
}
