using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.Pipeline.Storage;

/// <summary>
/// The folder of an entry: <c>&lt;key&gt;</c>, or <c>&lt;key&gt;-&lt;ticks&gt;</c> for a later answer of a stage that asks the world anew
/// although its key is the same. An entry never changes its place or its bytes while another build may be reading it.
/// </summary>
internal sealed record StoreEntryName(string Folder)
{
    internal string Name => Path.GetFileName(Folder);

    internal static StoreEntryName First(string stages, Sha256 key) => new(Path.Combine(stages, key.Hex));

    internal static StoreEntryName Later(string stages, Sha256 key, DateTimeOffset now) =>
        new(Path.Combine(stages, string.Create(CultureInfo.InvariantCulture, $"{key.Hex}-{now.UtcTicks:d20}")));

    /// <summary>All entries of a key, the newest first.</summary>
    internal static IReadOnlyList<StoreEntryName> Of(string stages, Sha256 key)
    {
        string[] later = Directory.GetDirectories(stages, $"{key.Hex}-*");
        Array.Sort(later, (a, b) => string.CompareOrdinal(b, a));
        StoreEntryName first = First(stages, key);
        return [.. later.Select(f => new StoreEntryName(f)), .. Directory.Exists(first.Folder) ? [first] : Array.Empty<StoreEntryName>()];
    }
}
