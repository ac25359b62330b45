using System.Globalization;

namespace ImageFactory.Pipeline.Journal;

/// <summary>
/// A process as <c>/proc/&lt;pid&gt;/stat</c> tells it. Together with its start time (clock ticks since boot) a process id means one
/// process only, even after the number was given to another.
/// </summary>
internal sealed record ProcessIdentity(int Id, int Group, char State, long Started)
{
    internal static int OwnId { get; } = int.Parse(new FileInfo("/proc/self").LinkTarget!, CultureInfo.InvariantCulture);

    /// <summary>Tells boots and containers apart: a process id from another boot or another container means nothing here.</summary>
    internal static string Namespace { get; } = $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()} {new FileInfo("/proc/self/ns/pid").LinkTarget}";

    /// <returns>Null when there is no such process.</returns>
    internal static ProcessIdentity? Of(int id)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{id}/stat");

            // The second field, the name in parentheses, may itself hold spaces and parentheses.
            // After it come: state, ppid, pgrp, …, starttime (22nd of all).
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            int group = int.Parse(fields[2], CultureInfo.InvariantCulture);
            return new ProcessIdentity(id, group, fields[0][0], long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal static IEnumerable<ProcessIdentity> All() =>
        from folder in Directory.EnumerateDirectories("/proc")
        let name = Path.GetFileName(folder)
        where name.All(char.IsAsciiDigit)
        let identity = Of(int.Parse(name, CultureInfo.InvariantCulture))
        where identity is not null
        select identity;

    /// <summary>Whether the process was started with this in its environment; false also when that may not be read.</summary>
    internal bool WasStartedWith(string variable, string value)
    {
        try
        {
            return File.ReadAllText($"/proc/{Id}/environ").Split('\0').Contains($"{variable}={value}", StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
