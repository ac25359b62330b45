using System.Globalization;
using ImageFactory.Measurement.Initdata;
using ImageFactory.Model;
using ImageFactory.Recipes.Job;
using ImageFactory.Registry.References;

namespace ImageFactory.Build.CommandLine;

/// <summary>Every option there is.</summary>
internal static class Options
{
    public static Option Target { get; } = new("--target", "TARGET", "what to reach; see the list of targets. For measure: kind of machine, such as az-snp-vtpm");

    public static Option Recipe { get; } = new("--recipe", "FILE", "the recipe; recipes/default.yaml when left out");

    public static Option Output { get; } = new("--output", "FOLDER", "where artifacts go, one folder per recipe; artifacts when left out");

    public static Option Set { get; } = new("--set", "KEY=VALUE", "set a key of the recipe, over file and environment; may be repeated")
    {
        Repeatable = true,
        Check = value => value.IndexOf('=', StringComparison.Ordinal) > 0 ? null : "KEY=VALUE, for example disk.format=raw",
    };

    public static Option FromEnvironment { get; } = new("--from-environment", null, "complete the recipe as the Kubernetes Job does, from the variables of build/job/keys.md");

    public static Option ConfigMap { get; } = new("--configmap", "FILE", "the same with the variables of a ConfigMap or Secret (manifest); may be repeated, later ones win")
    {
        Repeatable = true,
    };

    public static Option Kubeconfig { get; } = new("--kubeconfig", "FILE", "access to the cluster; KUBECONFIG, the pod's service account or ~/.kube/config when left out");

    public static Option Store { get; } = new("--store", "FOLDER", "where outputs of stages are kept and shared; artifacts/.store when left out");

    public static Option SharedStore { get; } = new("--shared-store", "REPOSITORY", "repository of a registry through which machines take outputs of stages from each other, such as registry.example.com/podvm/stages")
    {
        Check = value => ImageReference.TryParse(value, out _, out _) ? null : "HOST[:PORT]/REPOSITORY",
    };

    public static Option Jobs { get; } = new("--jobs", "N", "how many stages may run at once; one per processor when left out")
    {
        Check = value => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int jobs) && jobs is >= 1 and <= 256
            ? null
            : "a number from 1 to 256",
    };

    public static Option Offline { get; } = new("--offline", null, "ask nothing of the network: use what the store has");

    public static Option Locked { get; } = new("--locked", null, "take exactly what the lock file pins, or fail");

    public static Option FromBundle { get; } = new("--from-bundle", "FILE", "build the recipe of a bundle from what the bundle holds, and ask nothing of the network")
    {
        Excludes = "--recipe",
    };

    public static Option BundleFile { get; } = new("--output", "FILE", "the bundle to write, a tar archive");

    public static Option FailFast { get; } = new("--fail-fast", null, "the first destination that fails ends the others");

    public static Option Digest { get; } = new("--digest", "SHA256", "digest of the image; that of the last build when left out")
    {
        Check = value => Model.Sha256.IsHex(value) ? null : "64 hex digits, as sha256sum prints them",
    };

    public static Option Force { get; } = new("--force", null, "remove also what is in use");

    public static Option EveryLine { get; } = new("--all", null, "show every line; without it the first of each kind");

    public static Option Remove { get; } = new("--remove", null, "remove what is found, not only list it");

    public static Option Tree { get; } = new("--tree", null, "print the tasks and what they depend on, and do nothing");

    public static Option DryRun { get; } = new("--dryrun", null, "print what would run, and do nothing");

    public static Option Exclusive { get; } = new("--exclusive", null, "run the target alone, without what it depends on");

    public static Option Filter { get; } = new("--filter", "NAME", "only tests of assemblies with NAME in their name; NAME/CLASS narrows further");

    public static Option Json { get; } = new("--json", null, "answer in JSON");

    public static Option ShowOrigin { get; } = new("--show-origin", null, "say for each value where it comes from");

    public static Option CheckUpstream { get; } = new("--check-upstream", null, "only ask whether images and packages are newer than in the last build: 0 no, 100 yes");

    public static Option Lint { get; } = new("--lint", null, "hold the image to the rules of a safe pod VM image");

    public static Option EventLog { get; } = new("--eventlog", "FILE", "a recorded TCG event log to hold against the prediction, event by event");

    public static Option Quick { get; } = new("--quick", null, "take the root hash from the stored tree instead of hashing the root file system");

    public static Option Key { get; } = new("--key", "FILE", "public key of who signed, PEM; signatures are not looked at when left out");

    public static Option Kata { get; } = new("--kata", "VERSION", "release of Kata Containers whose agent reads the policy");

    public static Option Cases { get; } = new("--cases", "FILE", "cases with what is expected of each: a file, or a folder of files *.json; policy.cases.json beside policy.rego when left out");

    public static Option Algorithm { get; } = new("--algorithm", "NAME", "digest that initdata names: sha256 (when left out), sha384 or sha512")
    {
        Choices = [.. InitdataDocument.Algorithms],
    };

    public static Option Provider { get; } = new("--provider", "NAME", "aws, azure, gcp or libvirt")
    {
        Choices = [.. JobRendering.ProviderNames],
    };

    public static Option MaxSize { get; } = new("--max-size", "SIZE", "how large the store may stay, for example 20GiB")
    {
        Check = value => ByteSize.TryParse(value, out _) ? null : "a size such as 500MiB or 20GiB",
    };

    public static Option Log { get; } = new("--log", "FORM", "how progress is shown: auto, plain or json; a live table on a terminal when left out")
    {
        Choices = ["auto", "plain", "json"],
    };

    public static Option Verbose { get; } = new("--verbose", null, "show also what programs say, and traces of our own bugs");

    public static Option Help { get; } = new("--help", null, "show this text");

    public static Option Version { get; } = new("--version", null, "show the version of the factory");

    /// <summary>What every verb takes.</summary>
    public static IReadOnlyList<Option> Common { get; } = [Log, Verbose, Help, Version];

    public static IReadOnlyList<Option> All { get; } =
    [
        Target, Recipe, Output, Set, FromEnvironment, ConfigMap, Kubeconfig, Store, SharedStore, Jobs, Offline, Locked, FromBundle, Tree, DryRun, Exclusive, Filter,
        FailFast, Digest, Force, EveryLine, Remove, Json, ShowOrigin, CheckUpstream, Lint, EventLog, Quick, Key, Kata, Cases, Algorithm, Provider, MaxSize, .. Common,
    ];
}
