using ImageFactory.Pipeline.Platform;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Journal;

/// <summary>A folder for one run. It goes when it is disposed of; after a kill, with the next run on the same store.</summary>
public sealed class JournaledFolder : IDisposable
{
    private readonly RunJournal journal;

    private JournaledFolder(RunJournal journal, DirectoryInfo folder)
    {
        this.journal = journal;
        Folder = folder;
    }

    /// <summary>Empty at first.</summary>
    public DirectoryInfo Folder { get; }

    /// <param name="parent">Is made when it is not there. The folder in it is hidden.</param>
    public static JournaledFolder Make(Store store, IReporter reporter, string parent)
    {
        RunJournal journal = RunJournal.Begin(store, reporter);
        string path = Path.Combine(parent, $".{DeadRuns.FolderPrefix}{Guid.NewGuid():n}");
        journal.WillMake(path);
        return new JournaledFolder(journal, Directory.CreateDirectory(path));
    }

    public void Dispose()
    {
        FolderRemoval.Remove(Folder.FullName);
        journal.Dispose();
    }
}
