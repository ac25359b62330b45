using ImageFactory.Model;
using ImageFactory.Registry.References;

namespace ImageFactory.Registry.Configuration;

/// <summary>
/// <c>registries.conf</c> (containers-registries.conf(5), version 2) and its <c>.d</c> folder: where images are really fetched from.
/// Short names and their aliases are not looked at, because references always name a host here.
/// </summary>
internal sealed class RegistriesConfiguration
{
    private readonly Dictionary<string, RegistryEntry> entries = new(StringComparer.Ordinal);

    /// <exception cref="FactoryException">IFO201 and IFO202: a file cannot be read or is wrong; all of them at once.</exception>
    public static RegistriesConfiguration Load(string? file, string? folder)
    {
        RegistriesConfiguration configuration = new();
        List<Fault> faults = [];
        foreach (string path in Files(file, folder))
        {
            try
            {
                configuration.Add(TomlReader.Parse(File.ReadAllText(path)));
            }
            catch (FormatException e)
            {
                faults.Add(ConfigurationFaults.BadRegistries(path, e.Message));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                faults.Add(ConfigurationFaults.Unreadable(path, e.Message));
            }
        }

        FactoryException.ThrowIfAny(faults);
        return configuration;
    }

    /// <summary>Where to look for an image, in this order: mirrors that may serve it, then its own registry.</summary>
    /// <exception cref="FactoryException">IFO203: the registry is blocked.</exception>
    public IReadOnlyList<PullSource> SourcesOf(ImageReference reference)
    {
        RegistryEntry? entry = entries.Values.MaxBy(e => e.Covers(reference.Name, reference.Host));
        if (entry is null || entry.Covers(reference.Name, reference.Host) == 0)
            return [new PullSource(reference, Insecure: false)];
        if (entry.Blocked)
            throw new FactoryException(ConfigurationFaults.Blocked(reference.ToString(), entry.Prefix));

        bool digest = reference.Digest is not null;
        return
        [
            .. entry.Mirrors
                .Where(m => digest ? m.Digests : m.Tags && !entry.MirrorByDigestOnly)
                .Select(m => new PullSource(reference.WithName(entry.Rewritten(reference.Name, reference.Host, m.Location)), m.Insecure)),
            new PullSource(reference.WithName(entry.Rewritten(reference.Name, reference.Host, entry.Location)), entry.Insecure),
        ];
    }

    private static IEnumerable<string> Files(string? file, string? folder)
    {
        if (file is not null && File.Exists(file))
            yield return file;
        if (folder is null || !Directory.Exists(folder))
            yield break;
        foreach (string path in Directory.GetFiles(folder, "*.conf").Order(StringComparer.Ordinal))
            yield return path;
    }

    private void Add(Dictionary<string, object> document)
    {
        if (document.ContainsKey("registries"))
            throw new FormatException("it has the form of version 1 ([registries.search]), which is gone since 2022");
        foreach (Dictionary<string, object> table in Tables(document, "registry"))
        {
            string location = Text(table, "location") ?? "";
            string prefix = Text(table, "prefix") ?? location;
            if (prefix.Length == 0)
                throw new FormatException("a [[registry]] has neither prefix nor location");

            // A later file replaces what an earlier one says of the same prefix.
            entries[prefix] = new RegistryEntry(prefix, location)
            {
                Insecure = Truth(table, "insecure"),
                Blocked = Truth(table, "blocked"),
                MirrorByDigestOnly = Truth(table, "mirror-by-digest-only"),
                Mirrors = [.. Tables(table, "mirror").Select(ToMirror)],
            };
        }
    }

    private static MirrorEntry ToMirror(Dictionary<string, object> table)
    {
        string pulls = Text(table, "pull-from-mirror") ?? "all";
        if (pulls is not ("" or "all" or "digest-only" or "tag-only"))
            throw new FormatException($"pull-from-mirror is '{Shown.Text(pulls)}'");
        return new MirrorEntry(Text(table, "location") ?? throw new FormatException("a mirror has no location"))
        {
            Insecure = Truth(table, "insecure"),
            Digests = pulls != "tag-only",
            Tags = pulls != "digest-only",
        };
    }

    private static IEnumerable<Dictionary<string, object>> Tables(Dictionary<string, object> table, string key) => !table.TryGetValue(key, out object? value)
        ? []
        : value is List<object> list && list.TrueForAll(e => e is Dictionary<string, object>)
            ? list.Cast<Dictionary<string, object>>()
            : throw new FormatException($"'{key}' is no array of tables: write [[{key}]]");

    private static string? Text(Dictionary<string, object> table, string key) => !table.TryGetValue(key, out object? value)
        ? null
        : value as string ?? throw new FormatException($"'{key}' is no text");

    private static bool Truth(Dictionary<string, object> table, string key) => table.TryGetValue(key, out object? value)
        && (value as bool? ?? throw new FormatException($"'{key}' is neither true nor false"));
}

/// <summary>One place to ask.</summary>
internal sealed record PullSource(ImageReference Reference, bool Insecure);
