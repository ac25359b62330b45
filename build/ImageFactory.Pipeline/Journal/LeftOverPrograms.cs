using ImageFactory.Pipeline.Platform;

namespace ImageFactory.Pipeline.Journal;

/// <summary>Ends what a run's programs left running. Nobody is killed on the strength of a process id alone.</summary>
internal static class LeftOverPrograms
{
    private const int Rounds = 20;

    /// <param name="run">Value of the marker that the run's programs carry.</param>
    /// <param name="groups">Groups the run wrote down, with the start time of their leaders.</param>
    internal static void Kill(string run, IReadOnlyCollection<JournalLine> groups)
    {
        // A process may fork while it is being looked at, so this ends only when a look finds nobody.
        for (int round = 0; round < Rounds; round++)
        {
            List<ProcessIdentity> found = [.. ProcessIdentity.All().Where(p => p.State != 'Z' && p.Id != ProcessIdentity.OwnId && BelongsTo(p, run, groups))];
            if (found.Count == 0)
                return;
            foreach (ProcessIdentity process in found)
            {
                if (ProcessIdentity.Of(process.Id)?.Started == process.Started)
                    _ = Native.Kill(process.Id, Native.SignalKill);
            }

            Thread.Sleep(10);
        }
    }

    // A group is the one that was written down only if its leader still is: the number of a group whose leader died may have been given away again.
    private static bool BelongsTo(ProcessIdentity process, string run, IReadOnlyCollection<JournalLine> groups) =>
        groups.Any(g => g.Id == process.Group && g.Started != 0 && ProcessIdentity.Of(g.Id)?.Started == g.Started)
        || process.WasStartedWith(RunJournal.Marker, run);
}
