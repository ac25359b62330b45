namespace ImageFactory.Images.Gpt;

/// <summary>A partition that still has to be given its place. The size is in bytes and is rounded up to a step of 1 MiB.</summary>
public sealed record GptPartitionRequest(Guid Type, Guid Id, string Name, long Size, GptAttributes Attributes = GptAttributes.None);
