using System.Text;
using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Pipeline.Platform;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Journal;

/// <summary>
/// What a run would leave behind if it were killed this moment: its temporary folders and the programs it started.
/// The file is locked as long as the run lives; whoever finds it unlocked cleans up after the dead.
/// </summary>
public sealed class RunJournal : IDisposable
{
    /// <summary>Every program is started with this and passes it on, so that also those that left their group are found.</summary>
    internal const string Marker = "IMAGEFACTORY_RUN";

    private readonly Store store;
    private readonly FileLock file;
    private readonly Lock gate = new();
    private readonly List<string> folders = [];

    private RunJournal(Store store, string id, FileLock file)
    {
        this.store = store;
        this.file = file;
        Id = id;
    }

    /// <summary>Names this run; also the value of the marker in its programs' environment.</summary>
    public string Id { get; }

    /// <summary>The run's own part of the store's temporary folder.</summary>
    internal string Temporary => store.TemporaryOf(Id);

    /// <summary>Cleans up after dead runs, then begins a new one.</summary>
    /// <exception cref="FactoryException">The store cannot be written to.</exception>
    public static RunJournal Begin(Store store, IReporter reporter)
    {
        foreach (Fault fault in DeadRuns.Sweep(store))
            reporter.Report(new Faulted(fault));
        try
        {
            return Create(store);
        }
        catch (Exception e) when (IoErrors.IsAny(e))
        {
            throw new FactoryException(StoreFaults.CannotWrite(e, store.Folder.FullName, "no build can be begun in this store"), e);
        }
    }

    internal static string FileOf(Store store, string id) => Path.Combine(store.Running, $"{id}.jsonl");

    /// <summary>Writes down a folder outside the store before the caller makes it; it is removed when the run ends, or by the next run.</summary>
    internal void WillMake(string folder)
    {
        lock (gate)
        {
            folders.Add(folder);
            file.Append(ToLine(new JournalLine(JournalKind.Folder) { Text = folder }));
        }
    }

    internal void Started(int group, string program)
    {
        long started = ProcessIdentity.Of(group)?.Started ?? 0;
        Append(new JournalLine(JournalKind.Program) { Id = group, Started = started, Text = program });
    }

    /// <summary>On a full disk this cannot be written down, which is harmless: a process is only believed to be ours if its start time fits.</summary>
    internal void Ended(int group)
    {
        try
        {
            Append(new JournalLine(JournalKind.ProgramEnded) { Id = group });
        }
        catch (IOException)
        {
        }
    }

    /// <summary>Ends programs that are left and removes the run's folders. When that fails the journal stays, for the next run to try again.</summary>
    public void Dispose()
    {
        try
        {
            LeftOverPrograms.Kill(Id, []);
            foreach (string folder in (string[])[.. folders, Temporary])
                FolderRemoval.Remove(folder);
        }
        catch (Exception e) when (IoErrors.IsAny(e))
        {
            file.Abandon();
            return;
        }

        file.Dispose();
    }

    private static RunJournal Create(Store store)
    {
        while (true)
        {
            string id = Guid.NewGuid().ToString("n");
            int self = ProcessIdentity.OwnId;
            JournalLine first = new(JournalKind.Run) { Id = self, Started = ProcessIdentity.Of(self)?.Started ?? 0, Text = ProcessIdentity.Namespace };

            // Null when a sweep saw the file in the instant before it was locked; a new name then.
            if (FileLock.TryOwn(FileOf(store, id), Encoding.UTF8.GetString(ToLine(first))) is not { } file)
                continue;
            RunJournal journal = new(store, id, file);
            try
            {
                Directory.CreateDirectory(journal.Temporary);
            }
            catch
            {
                journal.Dispose();
                throw;
            }

            return journal;
        }
    }

    private void Append(JournalLine line)
    {
        lock (gate)
            file.Append(ToLine(line));
    }

    // A line begins with its line feed, so that one which a full disk cut off spoils only itself.
    private static byte[] ToLine(JournalLine line) => [(byte)'\n', .. JsonSerializer.SerializeToUtf8Bytes(line, JournalJson.Default.JournalLine)];
}
