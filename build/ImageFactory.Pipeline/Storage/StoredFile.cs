using System.Text.Json.Serialization;
using ImageFactory.Model;

namespace ImageFactory.Pipeline.Storage;

/// <summary>One file, folder or link of a stage's output.</summary>
/// <param name="Path">Relative to the output folder, with <c>/</c>.</param>
/// <param name="Mode">The permission bits, in octal.</param>
/// <param name="Size">Bytes of a file; 0 otherwise.</param>
public sealed record StoredFile(string Path, StoredFileType Type, string Mode, long Size)
{
    /// <summary>SHA-256 of a file's bytes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Sha256? Digest { get; init; }

    /// <summary>Where a link points to.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Link { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<StoredFileType>))]
public enum StoredFileType
{
    [JsonStringEnumMemberName("file")]
    File,

    [JsonStringEnumMemberName("folder")]
    Folder,

    [JsonStringEnumMemberName("link")]
    Link,
}
