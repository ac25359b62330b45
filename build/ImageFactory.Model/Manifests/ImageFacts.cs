namespace ImageFactory.Model.Manifests;

/// <summary>Sizes and offsets in bytes.</summary>
public sealed record DiskFacts(string Format, long VirtualSize, Guid DiskId, IReadOnlyList<PartitionFacts> Partitions);

public sealed record PartitionFacts(string Name, Guid Type, Guid Id, long Offset, long Size);

/// <summary>The unified kernel image, which carries everything that is measured at boot.</summary>
/// <param name="RootHash">Root hash of the dm-verity tree; null without integrity.</param>
/// <param name="Stub">Version of systemd-stub.</param>
public sealed record UkiFacts(Sha256 Sha256, long Size, string CommandLine, string? RootHash, string KernelVersion, string? Stub, bool Signed, IReadOnlyList<SectionFacts> Sections);

/// <param name="Size">Bytes that are measured, without padding.</param>
public sealed record SectionFacts(string Name, long Size, Sha256 Sha256);

/// <param name="AgentBinaries">Programs of a pod VM that are in the image.</param>
/// <param name="MissingAgentBinaries">Those that are not: the image cannot run pods without a payload that has them.</param>
public sealed record RootFacts(string OperatingSystem, int Packages, int Files, long ContentSize, IReadOnlyList<string> AgentBinaries, IReadOnlyList<string> MissingAgentBinaries);

/// <param name="Source">Name of the preset, or the file as the recipe names it.</param>
/// <param name="Calls">Verdict of each call of the agent.</param>
public sealed record AgentPolicyFacts(string Source, string Path, Sha256 Sha256, string Kata, IReadOnlyDictionary<string, string> Calls);
