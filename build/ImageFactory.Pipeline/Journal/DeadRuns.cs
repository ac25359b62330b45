using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Pipeline.Platform;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Journal;

/// <summary>Cleans up after runs that ended without doing so themselves.</summary>
public static class DeadRuns
{
    /// <summary>Folders outside the store carry this in their name; a journal that names any other folder is not believed.</summary>
    internal const string FolderPrefix = "imagefactory-";

    /// <summary>Ends the programs of dead runs and removes their folders.</summary>
    /// <returns>A warning for each thing that could not be removed; the next sweep tries again.</returns>
    public static IReadOnlyList<Fault> Sweep(Store store)
    {
        List<Fault> faults = [];

        // Listed before the journals are looked at: a run writes its journal first, so a folder without one is nobody's.
        string[] folders = Directory.GetDirectories(store.Temporary);
        foreach (string journal in Directory.GetFiles(store.Running, "*.jsonl"))
            SweepRun(store, journal, faults);
        foreach (string folder in folders.Where(f => !File.Exists(RunJournal.FileOf(store, Path.GetFileName(f)))))
            TryRemove(folder, faults);

        // A lock of the dead can be had, and is gone when it is given back.
        foreach (string file in Directory.GetFiles(store.Locks))
            FileLock.TryOwn(file, "")?.Dispose();
        return faults;
    }

    private static void SweepRun(Store store, string journal, List<Fault> faults)
    {
        using FileLock? dead = FileLock.TryHold(journal, exclusive: true);
        if (dead is null)
            return;

        IReadOnlyList<JournalLine> lines = Read(journal);
        string run = Path.GetFileNameWithoutExtension(journal);
        if (lines is [{ Kind: JournalKind.Run } first, ..] && first.Text == ProcessIdentity.Namespace)
        {
            HashSet<int> ended = [.. lines.Where(l => l.Kind == JournalKind.ProgramEnded).Select(l => l.Id)];
            LeftOverPrograms.Kill(run, [.. lines.Where(l => l.Kind == JournalKind.Program && !ended.Contains(l.Id))]);
        }

        int before = faults.Count;
        foreach (JournalLine line in lines.Where(l => l.Kind == JournalKind.Folder && IsOurs(l.Text)))
            TryRemove(line.Text!, faults);
        TryRemove(store.TemporaryOf(run), faults);
        if (faults.Count == before)
            File.Delete(journal);
    }

    private static bool IsOurs(string? folder) =>
        folder is not null && Path.GetFileName(folder).TrimStart('.').StartsWith(FolderPrefix, StringComparison.Ordinal);

    private static void TryRemove(string folder, List<Fault> faults)
    {
        try
        {
            FolderRemoval.Remove(folder);
        }
        catch (Exception e) when (IoErrors.IsAny(e))
        {
            faults.Add(StoreFaults.LeftOver(folder, e));
        }
    }

    // A line may be cut off by the death of its writer, or by a full disk.
    private static List<JournalLine> Read(string journal)
    {
        List<JournalLine> lines = [];
        foreach (string text in (FileLock.Read(journal) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                if (JsonSerializer.Deserialize(text, JournalJson.Default.JournalLine) is { } line)
                    lines.Add(line);
            }
            catch (JsonException)
            {
                continue;
            }
        }

        return lines;
    }
}
