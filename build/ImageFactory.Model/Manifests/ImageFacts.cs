namespace ImageFactory.Model.Manifests;

/// <summary>Sizes and offsets in bytes.</summary>
public sealed record DiskFacts(string Format, long VirtualSize, Guid DiskId, IReadOnlyList<PartitionFacts> Partitions);

public sealed record PartitionFacts(string Name, Guid Type, Guid Id, long Offset, long Size);

/// <summary>The unified kernel image, which carries everything that is measured at boot.</summary>
/// <param name="RootHash">Root hash of the dm-verity tree; null without integrity.</param>
/// <param name="Stub">Version of systemd-stub.</param>
public sealed record UkiFacts(Sha256 Sha256, long Size, string CommandLine, string? RootHash, string KernelVersion, string? Stub, bool Signed, IReadOnlyList<SectionFacts> Sections);

/// <summary>What an s390x disk starts.</summary>
/// <param name="RootHash">Root hash of the dm-verity tree; null without one.</param>
/// <param name="Kernel">Digest of the kernel in the boot partition; null when it is inside the Secure Execution image.</param>
/// <param name="Initrd">The same of the initrd.</param>
public sealed record BootFacts(string CommandLine, string? RootHash, string KernelVersion, Sha256? Kernel, Sha256? Initrd);

/// <summary>What is public about a Secure Execution image; its keys are nowhere.</summary>
/// <param name="Tag">The header's tag, 32 hex digits: by it a verifier knows this very image.</param>
/// <param name="HostKeys">Machines that may run it.</param>
/// <param name="Sha256">Of <c>se.img</c> in the boot partition.</param>
/// <param name="Root">luks or verity.</param>
/// <param name="LuksUuid">Of the root container.</param>
public sealed record SecureExecutionFacts(
    string Tag, IReadOnlyList<HostKeyFacts> HostKeys, Sha256 Sha256, long Size, string Root, Guid? LuksUuid, string? RootHash, string CommandLine, string KernelVersion)
{
    /// <summary>False when the host keys were taken unverified: anybody could be behind them.</summary>
    public bool HostKeysVerified { get; init; }
}

/// <param name="Phkh">Public host key hash: how the header names the machine.</param>
public sealed record HostKeyFacts(string File, string Subject, Sha256 Phkh, DateTimeOffset NotAfter);

/// <param name="Size">Bytes that are measured, without padding.</param>
public sealed record SectionFacts(string Name, long Size, Sha256 Sha256);

/// <param name="AgentBinaries">Programs of a pod VM that are in the image.</param>
/// <param name="MissingAgentBinaries">Those that are not: the image cannot run pods without a payload that has them.</param>
public sealed record RootFacts(string OperatingSystem, int Packages, int Files, long ContentSize, IReadOnlyList<string> AgentBinaries, IReadOnlyList<string> MissingAgentBinaries)
{
    /// <summary>
    /// Where the content lies: bytes by folder, each byte once. A folder that is large is told by what is in it; then its own entry is what else it holds.
    /// Null for an encrypted root.
    /// </summary>
    public IReadOnlyDictionary<string, long>? Folders { get; init; }
}

/// <param name="Source">Name of the preset, or the file as the recipe names it.</param>
/// <param name="Calls">Verdict of each call of the agent.</param>
public sealed record AgentPolicyFacts(string Source, string Path, Sha256 Sha256, string Kata, IReadOnlyDictionary<string, string> Calls);
