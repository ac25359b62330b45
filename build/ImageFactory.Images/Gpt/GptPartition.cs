namespace ImageFactory.Images.Gpt;

/// <summary>One partition; offset and length in bytes.</summary>
public sealed record GptPartition(Guid Type, Guid Id, string Name, long Offset, long Length, GptAttributes Attributes = GptAttributes.None)
{
    public long End => Offset + Length;
}
