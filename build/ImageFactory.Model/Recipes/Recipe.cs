using System.ComponentModel;
using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Model.Recipes;

/// <summary>What the image is, as its author wrote it. Says nothing about how it gets built.</summary>
[Description("What one pod VM image is.")]
public sealed record Recipe
{
    [Description("Name of the recipe; artifacts go to a folder of this name. Lower-case letters, digits, '-' and '.', at most 63.")]
    public required string Name { get; init; }

    [Description("One line for people.")]
    public string? Description { get; init; }

    [Description("The machine the image is for.")]
    public Architecture Architecture { get; init; } = Architecture.X64;

    [Description("Where the operating system comes from.")]
    public required BaseSource Base { get; init; }

    [Description("What is put into the base so that it becomes a pod VM: agent, daemons, units, pause bundle. Later entries win.")]
    public IReadOnlyList<PayloadSource> Payload { get; init; } = [];

    [Description("The Rego file that the Kata agent enforces.")]
    public AgentPolicySettings AgentPolicy { get; init; } = new();

    [Description("Kernel arguments, units, files and access of the system inside.")]
    public SystemSettings System { get; init; } = new();

    [Description("The measured disk.")]
    public DiskSettings Disk { get; init; } = new();

    [Description("Signs the UKI for Secure Boot. Left out: the UKI is not signed.")]
    public SecureBootSettings? SecureBoot { get; init; }

    [Description("Reference values and policies for those who verify machines that run the image.")]
    public MeasurementSettings Measurements { get; init; } = new();

    [Description("Encrypts the image for IBM Secure Execution (architecture s390x only). Left out: anybody can read and start it.")]
    public SecureExecutionSettings? SecureExecution { get; init; }

    [Description("Signs manifest, image, measurements and provenance, and what is pushed to registries. Left out: nothing is signed.")]
    public SigningSettings? Signing { get; init; }

    [Description("How the image is booted for a check.")]
    public BootCheckSettings BootCheck { get; init; } = new();

    [Description("Where the image is put for machines to boot from: all places in parallel, each with its own result. Done by the target Publish.")]
    public IReadOnlyList<Destination> Publish { get; init; } = [];

    [Description("What the Kubernetes Job does once the image is there.")]
    public JobSettings Job { get; init; } = new();

    [Description("Seconds since 1970 that every time stamp in the image is clamped to. Left out: 1750000000, so that nothing depends on the day of the build.")]
    public long SourceDateEpoch { get; init; } = 1_750_000_000;
}
