using ImageFactory.Build.CommandLine.Completion;
using static ImageFactory.Build.CommandLine.Options;

namespace ImageFactory.Build.CommandLine;

/// <summary>Every verb there is, in the order of the help text.</summary>
internal static class Verbs
{
    private static readonly Option[] Modes = [Tree, DryRun, Exclusive];

    private static readonly Option[] RecipeOptions = [Recipe, Set];

    private static readonly Option[] JobInputs = [FromEnvironment, ConfigMap];

    private static readonly Option[] BuildOptions = [.. RecipeOptions, Output, Store, SharedStore, Jobs, Offline, Locked, FromBundle, Json];

    public static Verb Validate { get; } = new("validate", "check the recipe and everything it names")
    {
        Target = "Validate",
        Options = [.. RecipeOptions, .. JobInputs, Json, .. Modes],
        Examples = ["validate", "validate --recipe recipes/azure.yaml --set disk.root=ext4"],
    };

    public static Verb Plan { get; } = new("plan", "show the resolved recipe and the stages")
    {
        Target = "Plan",
        Options = [.. RecipeOptions, .. JobInputs, Output, Store, Offline, Locked, Json, ShowOrigin, CheckUpstream, .. Modes],
        Examples = ["plan", "plan --show-origin", "plan --json", "plan --check-upstream", "plan --show-origin --configmap aws-podvm-image-cm.yaml"],
    };

    public static Verb Build { get; } = new("build", "make the image that the recipe describes")
    {
        Target = "Build",
        Options = [.. BuildOptions, .. Modes],
        Examples = ["build", "build --recipe my.yaml --output out", "build --from-bundle my.bundle.tar", "build --set agentPolicy.preset=allow-all"],
    };

    public static Verb BootCheck { get; } = new("boot-check", "build, boot in a virtual machine, check what runs")
    {
        Target = "BootCheck",
        Options = [.. BuildOptions, .. Modes],
        Examples = ["boot-check", "boot-check --exclusive"],
    };

    public static Verb Reproduce { get; } = new("reproduce", "build, build again from nothing elsewhere, and compare")
    {
        Target = "Reproduce",
        Options = [.. BuildOptions, .. Modes],
        Examples = ["reproduce", "reproduce --recipe my.yaml --json"],
    };

    public static Verb Publish { get; } = new("publish", "build, and put the image where machines boot from")
    {
        Target = "Publish",
        Options = [.. BuildOptions, FailFast, .. Modes],
        Examples = ["publish", "publish --recipe my.yaml --fail-fast"],
    };

    public static Verb Unpublish { get; } = new("unpublish", "take an image away from the recipe's destinations")
    {
        Options = [.. RecipeOptions, Output, Store, Digest, Force, Json],
        Examples = ["unpublish --recipe my.yaml", "unpublish --recipe my.yaml --force"],
    };

    public static Verb Gc { get; } = new("gc", "find what dead runs left at the recipe's destinations")
    {
        Options = [.. RecipeOptions, Output, Store, Remove, Json],
        Examples = ["gc --recipe my.yaml", "gc --recipe my.yaml --remove"],
    };

    public static Verb Explain { get; } = new("explain", "say why a stage ran, or why it need not")
    {
        Operands = [new("stage") { IsFile = false }],
        Options = [.. RecipeOptions, Output, Store, Offline, Locked, Json],
        Examples = ["explain root-image"],
    };

    public static Verb StoreGc { get; } = new("store gc", "remove stored outputs, least recently used first")
    {
        Options = [MaxSize, Store, Json],
        Required = [MaxSize],
        Examples = ["store gc --max-size 20GiB"],
    };

    public static Verb StoreList { get; } = new("store list", "list the outputs of stages in the store")
    {
        Options = [Store, Json],
        Examples = ["store list"],
    };

    public static Verb StoreVerify { get; } = new("store verify", "read the whole store and compare it with its digests")
    {
        Options = [Store, Json],
        Examples = ["store verify"],
    };

    public static Verb Inspect { get; } = new("inspect", "say what is in an image, raw or qcow2")
    {
        Operands = [new("image")],
        Options = [Lint, Json],
        Examples = ["inspect artifacts/podvm-debian-dev/podvm.qcow2", "inspect --lint podvm.qcow2"],
    };

    public static Verb Diff { get; } = new("diff", "say how two images differ, and why: packages, files, units, kernel arguments, policy, measurements")
    {
        Operands = [new("old"), new("new")],
        Options = [EveryLine, Json],
        Examples = ["diff old/podvm.qcow2 new/podvm.qcow2", "diff artifacts/podvm-debian-dev out/podvm-debian-dev --all", "diff old/manifest.json new/manifest.json --json"],
    };

    public static Verb Measure { get; } = new("measure", "predict what an image measures when it boots")
    {
        Operands = [new("image")],
        Options = [Target, EventLog, Quick, Json],
        Examples = ["measure podvm.qcow2", "measure podvm.qcow2 --target az-snp-vtpm", "measure podvm.qcow2 --eventlog binary_bios_measurements"],
    };

    public static Verb MeasureDiff { get; } = new("measure diff", "say which measured things of two images differ, and why")
    {
        Operands = [new("old"), new("new")],
        Options = [Json],
        Examples = ["measure diff old/podvm.qcow2 new/podvm.qcow2", "measure diff old/measurements.json new/measurements.json"],
    };

    public static Verb Verify { get; } = new("verify", "say what of artifacts holds: digests, signatures, provenance, measurements")
    {
        Operands = [new("what")],
        Options = [Key, SecureExecutionOptions.OwnerHeaderKey, SecureExecutionOptions.HostKey, Json],
        Examples = ["verify artifacts/podvm-debian-dev --key sign.pub", "verify podvm.qcow2", "verify registry.example.com/org/podvm:1.0 --key sign.pub"],
    };

    public static Verb PolicyShow { get; } = new("policy show", "show an agent policy as a table of calls")
    {
        Operands = [new("file") { Optional = true }],
        Options = [.. RecipeOptions, Kata, Json],
        Examples = ["policy show", "policy show policy.rego --kata 3.15"],
    };

    public static Verb PolicyCheck { get; } = new("policy check", "check agent policies against the calls of the agent")
    {
        Operands = [new("file") { Optional = true, Many = true }],
        Options = [.. RecipeOptions, Kata, Json],
        Examples = ["policy check", "policy check *.rego"],
    };

    public static Verb PolicyDiff { get; } = new("policy diff", "say which calls two policies decide differently")
    {
        Operands = [new("old"), new("new")],
        Options = [Kata, Json],
        Examples = ["policy diff old.rego new.rego"],
    };

    public static Verb PolicyTest { get; } = new("policy test", "evaluate cases of a policy with opa, regorus or cosign")
    {
        Operands = [new("file")],
        Options = [Cases, Kata, Json],
        Examples = ["policy test policy.rego", "policy test policy.rego --cases tests/policy --kata 3.15"],
    };

    public static Verb InitdataCheck { get; } = new("initdata check", "check initdata and show its digest for every platform")
    {
        Operands = [new("file") { Many = true }],
        Options = [Json],
        Examples = ["initdata check initdata.toml", "initdata check *.toml --json"],
    };

    public static Verb InitdataEncode { get; } = new("initdata encode", "print initdata as the annotation of a pod")
    {
        Operands = [new("file")],
        Options = [Json],
        Examples = ["initdata encode initdata.toml"],
    };

    public static Verb InitdataBuild { get; } = new("initdata build", "print initdata made of aa.toml, cdh.toml, policy.rego")
    {
        Operands = [new("file") { Many = true }],
        Options = [Algorithm, Json],
        Examples = ["initdata build aa.toml cdh.toml policy.rego > initdata.toml"],
    };

    public static Verb JobRender { get; } = new("job render", "write a recipe as ConfigMaps, Secret without values and pod for a cluster")
    {
        Options = [.. RecipeOptions, Output, Provider],
        Required = [Provider],
        Examples = ["job render --recipe recipes/azure.yaml --provider azure"],
    };

    public static Verb Lock { get; } = new("lock", "write down all inputs by digest: packages, images, files")
    {
        Options = [.. RecipeOptions, Store, Json],
        Examples = ["lock", "lock --recipe recipes/azure.yaml"],
    };

    public static Verb Bundle { get; } = new("bundle", "pack all inputs of a locked recipe into one archive")
    {
        Options = [Recipe, BundleFile, Store, Json],
        Required = [BundleFile],
        Examples = ["bundle --output podvm.bundle.tar", "bundle --recipe my.yaml --output my.bundle.tar"],
    };

    public static Verb Test { get; } = new("test", "build and run all tests of the factory itself")
    {
        Target = "Test",
        Options = [Filter, Json, .. Modes],
        Examples = ["test", "test --filter Images", "test --filter Build/Parser"],
    };

    public static Verb Doctor { get; } = new("doctor", "say which host programs are found and missing")
    {
        Target = "Doctor",
        Options = [Json, .. Modes],
        Examples = ["doctor", "doctor --json"],
    };

    public static Verb Clean { get; } = new("clean", "remove the artifacts of builds, not the store")
    {
        Target = "Clean",
        Options = [Output, Store, Json, .. Modes],
        Examples = ["clean", "clean --output out"],
    };

    public static Verb Schema { get; } = new("schema", "write the JSON schema and the reference of recipes")
    {
        Target = "Schema",
        Options = [.. Modes],
        Examples = ["schema"],
    };

    public static Verb Why { get; } = new("why", "say what a fault's code means and what to do about it")
    {
        Operands = [new("code") { IsFile = false }],
        Options = [Json],
        Examples = ["why IFS103"],
    };

    public static Verb Completion { get; } = new("completion", "print a script that lets a shell complete command lines")
    {
        Operands = [new("shell") { Choices = ShellCompletion.Shells }],
        Examples = ["completion bash", "completion zsh"],
    };

    public static Verb Man { get; } = new("man", "print the manual page")
    {
        Examples = ["man"],
    };

    public static Verb Help { get; } = new("help", "show this text, or that of a verb")
    {
        Operands = [new("verb") { Optional = true, Many = true, IsFile = false }],
        Examples = ["help store gc"],
    };

    public static IReadOnlyList<Verb> All { get; } =
    [
        Validate, Plan, Build, BootCheck, Reproduce, Publish, Unpublish, Gc, Explain, StoreGc, StoreList, StoreVerify, Inspect, Diff, Measure, MeasureDiff, Verify,
        PolicyShow, PolicyCheck, PolicyDiff, PolicyTest, InitdataCheck, InitdataEncode, InitdataBuild, .. SecureExecutionVerbs.All, .. JobVerbs.All, JobRender, .. FleetVerbs.All, Lock, Bundle, Test, Doctor, Clean, Schema, Why, Completion, Man, Help,
    ];

    /// <summary>Names of targets; <c>Default</c> is what runs when nothing is asked for.</summary>
    public static IReadOnlyList<string> Targets { get; } = ["Default", .. All.Select(v => v.Target).OfType<string>()];

    /// <summary>A run without a verb takes what the verb of its target takes.</summary>
    public static Verb RunOf(string target)
    {
        Verb verb = All.First(v => v.Target == (target == "Default" ? "Publish" : target));
        return new Verb("", verb.Summary) { Target = target, Options = [Target, .. verb.Options] };
    }
}
