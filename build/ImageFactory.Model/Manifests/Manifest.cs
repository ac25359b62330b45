namespace ImageFactory.Model.Manifests;

/// <summary>
/// The single truth about what a build made. <see cref="Content"/> is the same for every build of the same inputs;
/// what belongs to one run on one machine stands apart in <see cref="Run"/>.
/// </summary>
public sealed record Manifest
{
    public const string CurrentSchema = "image-factory/manifest/1";

    public string Schema { get; init; } = CurrentSchema;

    public required ManifestContent Content { get; init; }

    public required ManifestRun Run { get; init; }
}

/// <summary>The reproducible part.</summary>
public sealed record ManifestContent
{
    public required string Recipe { get; init; }

    /// <summary>SHA-256 of the resolved recipe in its canonical form.</summary>
    public required Sha256 RecipeDigest { get; init; }

    public required Architecture Architecture { get; init; }

    public required long SourceDateEpoch { get; init; }

    /// <summary>True for an image that lets somebody in (ssh): it must not run confidential pods.</summary>
    public required bool Debug { get; init; }

    /// <summary>Files that the build leaves, but for this manifest.</summary>
    public required IReadOnlyList<ManifestArtifact> Artifacts { get; init; }

    public required DiskFacts Disk { get; init; }

    /// <summary>The measured boot image of a UEFI machine; null for s390x and for a disk that keeps its own boot loader.</summary>
    public UkiFacts? Uki { get; init; }

    /// <summary>What an s390x machine starts; null for UEFI machines, and for an image that was taken as it is.</summary>
    public BootFacts? Boot { get; init; }

    public SecureExecutionFacts? SecureExecution { get; init; }

    /// <summary>Null for an image that was taken as it is, whose files nobody looked at.</summary>
    public RootFacts? Root { get; init; }

    /// <summary>Null for an image that was taken as it is.</summary>
    public AgentPolicyFacts? AgentPolicy { get; init; }

    /// <summary>What the image measures when it boots: register → accepted values. Null for an image that nobody can attest.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Measurements { get; init; }

    /// <summary>Digests of what went in: the list of pinned packages, payloads, overlay trees, policy, files of the recipe.</summary>
    public required IReadOnlyList<ManifestInput> Inputs { get; init; }

    /// <summary>Programs that shaped bytes, with the package version or the version they print.</summary>
    public required IReadOnlyDictionary<string, string> Tools { get; init; }

    /// <summary>Digest of each stage's output.</summary>
    public required IReadOnlyDictionary<string, Sha256> Stages { get; init; }
}

public sealed record ManifestArtifact(string File, string Kind, long Size, Sha256 Sha256);

public sealed record ManifestInput(string Name, Sha256 Sha256);

/// <summary>One run: when, how long, what was reused, what was seen.</summary>
public sealed record ManifestRun
{
    public required DateTimeOffset Started { get; init; }

    public required double Seconds { get; init; }

    public required string FactoryVersion { get; init; }

    public required IReadOnlyList<ManifestStageRun> Stages { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    public required BootCheckFacts BootCheck { get; init; }

    /// <summary>Where the image was put, in the order of the recipe.</summary>
    public IReadOnlyList<Publication> Publications { get; init; } = [];

    /// <summary>Where it could not be put.</summary>
    public IReadOnlyList<FailedPublication> FailedPublications { get; init; } = [];

    /// <summary>Every value of the resolved recipe and the place it comes from, which depends on where and how the run was started.</summary>
    public IReadOnlyList<ManifestRecipeValue> Recipe { get; init; } = [];
}

/// <param name="Key">As in <c>system.kernelArguments[0]</c>.</param>
/// <param name="Place">File, line and column; an option or a variable; or <c>default</c>.</param>
public sealed record ManifestRecipeValue(string Key, string Value, string Place);

public sealed record ManifestStageRun(string Name, string Key, string Outcome, double Seconds)
{
    /// <summary>When it began, in seconds after the run did.</summary>
    public double Start { get; init; }

    /// <summary>Size of its output.</summary>
    public long Bytes { get; init; }
}

/// <param name="Status">passed, skipped or not-run.</param>
/// <param name="Reason">Why it was not made, or why it went no further.</param>
/// <param name="Seconds">From power-on to multi-user.</param>
public sealed record BootCheckFacts(string Status, string? Reason = null, string? Accelerator = null, double? Seconds = null)
{
    /// <summary>Package version of the firmware that measured; null when it is the host's own.</summary>
    public string? Firmware { get; init; }

    /// <summary>SHA-256 registers of the TPM at multi-user, read from outside the machine: <c>pcr00</c> to <c>pcr15</c>.</summary>
    public IReadOnlyDictionary<string, string>? Registers { get; init; }

    /// <summary>Registers whose prediction this boot confirmed; null when nothing was compared.</summary>
    public IReadOnlyList<string>? Confirmed { get; init; }

    /// <summary>What predicting them from the disk took.</summary>
    public double? PredictionSeconds { get; init; }
}
