using System.Globalization;
using System.Text.Json;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Build.Composition;

/// <summary>
/// What versions the host's programs have. Asking takes a tenth of a second for a script, too long for each run,
/// so an answer is kept as long as the file is the same by path, size and time.
/// </summary>
internal static class ProgramVersions
{
    public static async Task<IReadOnlyDictionary<string, string>> FindAsync(
        IReadOnlyList<string> names, IReadOnlyList<string> path, DirectoryInfo cache, IProgramRunner programs, CancellationToken cancellation)
    {
        string kept = Path.Combine(cache.FullName, "program-versions.json");
        Dictionary<string, string> known = Read(kept);
        Dictionary<string, string> found = new(StringComparer.Ordinal);
        bool learned = false;
        foreach (string name in names)
        {
            string? place = path.Select(p => Path.Combine(p, name)).FirstOrDefault(File.Exists);
            if (place is null)
                continue;
            FileInfo file = new(place);
            string identity = string.Create(CultureInfo.InvariantCulture, $"{place} {file.Length} {file.LastWriteTimeUtc.Ticks}");
            if (!known.TryGetValue(identity, out string? version))
            {
                ProgramResult said = await programs.RunAsync(
                    new ProgramCall(place, ["--version"]) { Capture = true, Accept = [0, 1], Limit = TimeSpan.FromSeconds(10) }, cancellation).ConfigureAwait(false);
                version = HostTools.FirstVersion(said.Output) ?? "unknown";
                known[identity] = version;
                learned = true;
            }

            found.Add(name, version);
        }

        if (learned)
            Write(kept, known);
        return found;
    }

    private static Dictionary<string, string> Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(path)) ?? [] : [];
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            // A note that cannot be read is only slower.
            return [];
        }
    }

    private static void Write(string path, Dictionary<string, string> known)
    {
        string aside = $"{path}.{Path.GetRandomFileName()}";
        File.WriteAllText(aside, JsonSerializer.Serialize(known));
        File.Move(aside, path, overwrite: true);
    }
}
