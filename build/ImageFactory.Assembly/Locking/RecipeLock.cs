using System.Text.Json;
using System.Text.Json.Serialization;
using ImageFactory.Assembly.Packages;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Locking;

/// <summary>
/// Everything that an image is made of, pinned by digest; kept beside the recipe by <c>lock</c>. Packages and images are taken as they stand here whenever the file is there;
/// files are held against it when a build is to be locked.
/// </summary>
public sealed record RecipeLock
{
    public const int CurrentFormat = 2;

    /// <summary>Of this form the file had nothing but the packages.</summary>
    private const int PackagesFormat = 1;

    private static readonly JsonSerializerOptions Json = new(PackageLock.JsonOptions) { AllowDuplicateProperties = false, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public int Format { get; init; } = CurrentFormat;

    /// <summary>By name: files, folders and images.</summary>
    public required IReadOnlyList<LockedInput> Inputs { get; init; }

    /// <summary>Null when nothing of the build is made from packages.</summary>
    public PackageLock? Packages { get; init; }

    /// <summary>Digests of images, by the reference that the recipe has.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Images =>
        Inputs.Where(i => i.IsImage).ToDictionary(i => i.Name[LockedInput.ImagePrefix.Length..], i => i.Digest, StringComparer.Ordinal);

    /// <summary>The fault for a build that insists on a lock file.</summary>
    public static Fault Missing(string path) => PackageFaults.NoLock(path);

    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    /// <summary>Reads both forms there are.</summary>
    /// <param name="where">Named in the fault.</param>
    /// <exception cref="FactoryException">IFA401.</exception>
    public static RecipeLock Parse(string json, string where)
    {
        try
        {
            JsonElement root = JsonSerializer.Deserialize<JsonElement>(json);
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out JsonElement number) || number.ValueKind != JsonValueKind.Number || !number.TryGetInt32(out int format))
                throw new JsonException("it has no format");
            if (format == PackagesFormat)
                return new RecipeLock { Format = PackagesFormat, Inputs = [], Packages = PackageLock.Parse(json, where) };
            if (format != CurrentFormat)
                throw new JsonException($"format {format} is not {CurrentFormat}");
            RecipeLock found = JsonSerializer.Deserialize<RecipeLock>(json, Json)!;
            if (found.Inputs.Any(i => i is null || !i.IsDigest))
                throw new JsonException("an input has no digest sha256:…");
            if (found.Inputs.GroupBy(i => i.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
                throw new JsonException($"'{twice.Key}' is there twice");
            return found;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new FactoryException(PackageFaults.BadLock(where, e.Message), e);
        }
    }

    /// <summary>All that differs between what was locked and what is there.</summary>
    /// <param name="found">The build's files, with their digests.</param>
    /// <param name="images">The references that its recipe has without a digest of their own.</param>
    /// <param name="where">The lock file, for faults.</param>
    public IReadOnlyList<Fault> Differences(IReadOnlyList<LockedInput> found, IReadOnlyList<string> images, string where)
    {
        if (Format == PackagesFormat)
            return [LockFaults.OnlyPackages(where)];
        Dictionary<string, LockedInput> locked = Inputs.ToDictionary(i => i.Name, StringComparer.Ordinal);
        List<Fault> faults = [];
        foreach (LockedInput input in found)
        {
            if (!locked.TryGetValue(input.Name, out LockedInput? pinned))
                faults.Add(LockFaults.NotLocked(where, input.Name));
            else if (pinned.Digest != input.Digest)
                faults.Add(LockFaults.Differs(where, input.Name, pinned.Digest, input.Digest));
        }

        IEnumerable<string> wanted = images.Select(i => LockedInput.ImagePrefix + i);
        faults.AddRange(wanted.Where(i => !locked.ContainsKey(i)).Select(i => LockFaults.NotLocked(where, i)));
        faults.AddRange(locked.Keys.Except(found.Select(i => i.Name)).Except(wanted).Order(StringComparer.Ordinal).Select(i => LockFaults.Unused(where, i)));
        return faults;
    }
}
