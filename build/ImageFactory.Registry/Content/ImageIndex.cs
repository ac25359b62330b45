using System.Text.Json;
using ImageFactory.Model;

namespace ImageFactory.Registry.Content;

/// <summary>One image for several machines.</summary>
public sealed record ImageIndex(IReadOnlyList<IndexEntry> Entries)
{
    private const int MostEntries = 1000;

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <exception cref="FormatException">It is no index.</exception>
    internal static ImageIndex Read(JsonElement root)
    {
        IReadOnlyList<JsonElement> manifests = Json.List(root, "manifests");
        return manifests.Count <= MostEntries
            ? new ImageIndex([.. manifests.Select(IndexEntry.Read)]) { Annotations = Json.Texts(root, "annotations") }
            : throw new FormatException($"it has more than {MostEntries} entries");
    }

    /// <summary>The first entry for a machine; an index with a single entry that names no machine is for all.</summary>
    public IndexEntry? For(Architecture architecture)
    {
        string wanted = NameOf(architecture);
        return Entries.FirstOrDefault(e => e.System == "linux" && e.Architecture == wanted)
            ?? (Entries is [{ Architecture: null } only] ? only : null);
    }

    /// <summary>As Go calls it.</summary>
    public static string NameOf(Architecture architecture) => architecture == Architecture.X64 ? "amd64" : "s390x";
}

/// <param name="Manifest">What it names.</param>
/// <param name="System">The operating system, or null when no platform is named.</param>
public sealed record IndexEntry(Descriptor Manifest, string? System, string? Architecture)
{
    public string Platform => $"{System ?? "?"}/{Architecture ?? "?"}";

    internal static IndexEntry Read(JsonElement element)
    {
        JsonElement? platform = Json.Find(element, "platform");
        return new IndexEntry(
            Descriptor.Read(element),
            platform is { } p ? Json.Text(p, "os") : null,
            platform is { } q ? Json.Text(q, "architecture") : null);
    }
}
