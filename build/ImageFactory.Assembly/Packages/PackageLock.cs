using System.Text.Json;
using System.Text.Json.Serialization;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Packages;

/// <summary>What was asked of the archives and exactly which packages that gave. Kept next to the recipe as a part of what <c>lock</c> writes.</summary>
public sealed record PackageLock
{
    public const int CurrentFormat = 1;

    public int Format { get; init; } = CurrentFormat;

    /// <summary>What was asked; a lock file answers one question only.</summary>
    public required PackageRequest Request { get; init; }

    /// <summary>Everything that is installed to make the root file system, sorted by name.</summary>
    public required IReadOnlyList<LockedPackage> Root { get; init; }

    /// <summary>Names of those in <see cref="Root"/> that only make the initrd and are taken out of the image again.</summary>
    public required IReadOnlyList<string> BuildOnly { get; init; }

    /// <summary>Packages of each tools tree, by its name.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<LockedPackage>> Tools { get; init; }

    /// <summary>All of them, once each, by digest.</summary>
    [JsonIgnore]
    public IReadOnlyList<LockedPackage> All => [.. Root.Concat(Tools.Values.SelectMany(t => t)).DistinctBy(p => p.Sha256).OrderBy(p => p.Sha256.Hex, StringComparer.Ordinal)];

    internal static readonly JsonSerializerOptions JsonOptions = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public string ToJson() => JsonSerializer.Serialize(this, JsonOptions) + "\n";

    /// <param name="where">Named in the fault.</param>
    public static PackageLock Parse(string json, string where)
    {
        try
        {
            PackageLock found = JsonSerializer.Deserialize<PackageLock>(json, JsonOptions) ?? throw new JsonException("it is empty");
            if (found.Format != CurrentFormat)
                throw new JsonException($"format {found.Format} is not {CurrentFormat}");
            return found;
        }
        catch (JsonException e)
        {
            throw new FactoryException(PackageFaults.BadLock(where, e.Message), e);
        }
    }
}

/// <summary>The question that a lock answers: which packages of which archives.</summary>
public sealed record PackageRequest
{
    public required string Suite { get; init; }

    public required string Architecture { get; init; }

    public required IReadOnlyList<string> Components { get; init; }

    public required bool Security { get; init; }

    public required string Kernel { get; init; }

    public required IReadOnlyList<string> Packages { get; init; }

    /// <summary>One line that says all of it; two requests are the same when their lines are.</summary>
    public string Line =>
        $"{Suite} {Architecture} components={string.Join(',', Components)} security={(Security ? "yes" : "no")} kernel={Kernel} packages={string.Join(',', Packages)}";
}
