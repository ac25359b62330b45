using System.Text.Json;
using ImageFactory.Model;

namespace ImageFactory.Pipeline.Storage;

/// <summary>What the store knows of one output: <c>entry.json</c>.</summary>
/// <param name="Stage">Name of the stage that made it.</param>
/// <param name="Key">Digest of everything that decided it.</param>
/// <param name="Fields">What the stage said in <see cref="IStage.Describe"/>.</param>
/// <param name="Inputs">Output digests of the stages it came after.</param>
/// <param name="Output">Digest of the whole output tree.</param>
/// <param name="Why">Why it was made, in words.</param>
/// <param name="Created">When it was made, or last found to be still the same.</param>
/// <param name="Elapsed">How long that took.</param>
/// <param name="Bytes">Sum of the sizes of its files.</param>
/// <param name="Allocated">What it takes on disk: less than <paramref name="Bytes"/> where files have holes.</param>
public sealed record StoreEntry(
    string Stage,
    Sha256 Key,
    IReadOnlyList<KeyField> Fields,
    IReadOnlyDictionary<string, Sha256> Inputs,
    Sha256 Output,
    string Why,
    DateTimeOffset Created,
    TimeSpan Elapsed,
    long Bytes,
    long Allocated,
    IReadOnlyList<StoredFile> Files)
{
    /// <summary>As it is kept beside the output.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, StoreJson.Default.StoreEntry);

    /// <exception cref="JsonException">It is no entry.</exception>
    public static StoreEntry Parse(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, StoreJson.Default.StoreEntry) ?? throw new JsonException("it is null");
}

/// <summary>One field of a stage's key.</summary>
public sealed record KeyField(string Name, string Value);
