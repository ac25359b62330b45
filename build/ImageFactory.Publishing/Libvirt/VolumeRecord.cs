using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Publishing.Libvirt;

/// <summary>
/// What lies beside a volume, since libvirt keeps no description of volumes: a small volume of its own, whose name has the volume, the owner and the
/// image. It is there only when the volume is whole.
/// </summary>
/// <param name="Volume">The volume that it speaks of.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Image">SHA-256 of the image file.</param>
/// <param name="Size">Bytes of the volume's file.</param>
/// <param name="Tags">All tags.</param>
internal sealed record VolumeRecord(string Volume, string Owner, Sha256 Image, long Size, IReadOnlyDictionary<string, string> Tags)
{
    private const string Ending = ".imagefactory.json";
    private const string ClaimEnding = ".imagefactory-claim";
    private const string PartEnding = ".imagefactory-part";
    private const string PoolStart = "imagefactory-pool.";
    private const int Longest = 64 << 10;

    /// <summary>The volume that is to take the name; as long as it is there, this record is not in effect.</summary>
    public string? Part { get; init; }

    /// <summary>The record that went before it.</summary>
    public string? Replaces { get; init; }

    [JsonIgnore]
    public string Name => $"{Volume}.{WordOf(Owner)}.{Image.Hex[..12]}{Ending}";

    public static string ClaimOf(string volume, string owner) => $"{volume}.{WordOf(owner)}{ClaimEnding}";

    public static string PartOf(string volume, string owner) => $"{volume}.{WordOf(owner)}.{Guid.NewGuid().ToString("n")[..8]}{PartEnding}";

    /// <summary>Says that a pool was made by us.</summary>
    public static string PoolMarkOf(string owner) => PoolStart + WordOf(owner);

    public static bool IsRecord(string name) => name.EndsWith(Ending, StringComparison.Ordinal);

    /// <summary>The volume that a claim of this owner is for; null for other names.</summary>
    public static string? ClaimedBy(string name, string owner) =>
        name.EndsWith($".{WordOf(owner)}{ClaimEnding}", StringComparison.Ordinal) ? name[..^(WordOf(owner).Length + ClaimEnding.Length + 1)] : null;

    public static bool IsPart(string name, string owner) =>
        name.EndsWith(PartEnding, StringComparison.Ordinal) && name[..^PartEnding.Length].Split('.') is [.., { } word, _] && word == WordOf(owner);

    /// <summary>A record of this owner whose writing was not ended.</summary>
    public static bool IsBrokenRecord(string name, string owner) =>
        IsRecord(name) && name[..^Ending.Length].Split('.') is [.., { } word, _] && word == WordOf(owner);

    /// <returns>Null when it is none of ours, or not whole.</returns>
    public static VolumeRecord? TryRead(LibvirtConnection libvirt, string name)
    {
        try
        {
            string text = libvirt.Read(name, Longest) is { } bytes ? Encoding.UTF8.GetString(bytes).TrimEnd('\0') : "";
            return text.Length > 0 && JsonSerializer.Deserialize<VolumeRecord>(text, CanonicalJson.Strict) is { } record && record.Name == name ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(CanonicalJson.Write(this));

    /// <summary>Dots part the words of names.</summary>
    private static string WordOf(string owner) => owner.Replace('.', '+');
}
