using System.Globalization;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Platform;

namespace ImageFactory.Pipeline.Running;

/// <summary>Chooses where a run works.</summary>
internal static class WorkFolder
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    internal static string Make(IReadOnlyList<WorkRoot> roots, RunJournal journal)
    {
        foreach (WorkRoot root in roots.Where(HasSpace))
        {
            string folder = Path.Combine(root.Path, $"{DeadRuns.FolderPrefix}{journal.Id}-{Guid.NewGuid():n}");
            journal.WillMake(folder);
            try
            {
                Directory.CreateDirectory(folder, OnlyOwner);
                return folder;
            }
            catch (Exception e) when (IoErrors.IsAny(e))
            {
                // Not writable for this user: the next candidate, or the store.
            }
        }

        return Directory.CreateDirectory(Path.Combine(journal.Temporary, "work")).FullName;
    }

    private static bool HasSpace(WorkRoot root)
    {
        if (!Directory.Exists(root.Path))
            return false;
        DriveInfo drive = new(root.Path);
        long free = drive.AvailableFreeSpace;

        // A file system in memory promises more than the machine may have left.
        if (drive.DriveFormat == "tmpfs")
            free = Math.Min(free, AvailableMemory());
        return free >= root.NeededBytes;
    }

    private static long AvailableMemory()
    {
        const string field = "MemAvailable:";
        string? line = File.ReadLines("/proc/meminfo").FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal));
        return line is null ? long.MaxValue : long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
    }
}
