using ImageFactory.Assembly.Bundles;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Build.Composition;

/// <summary>A bundle, unpacked for one run: its packages in the store, its files in a folder that goes when the run ends. Disks and images stay where they lie in it.</summary>
internal sealed class OpenedBundle : IDisposable
{
    private readonly JournaledFolder folder;

    private OpenedBundle(JournaledFolder folder, FactoryOptions options)
    {
        this.folder = folder;
        Options = options;
    }

    /// <summary>Those of a run on the bundle's recipe, locked and without network.</summary>
    public FactoryOptions Options { get; }

    /// <param name="path">The bundle, absolute.</param>
    /// <param name="shown">How faults name it.</param>
    /// <exception cref="FactoryException">It cannot be read, is no bundle, or is damaged.</exception>
    public static async Task<OpenedBundle> OpenAsync(FactoryOptions options, string path, string shown, IReporter reporter, TimeProvider time, CancellationToken cancellation)
    {
        Store store = Store.Open(new DirectoryInfo(options.Store), time);
        await using FileStream stream = OpenFile(path, shown);
        JournaledFolder folder = JournaledFolder.Make(store, reporter, options.Store);
        try
        {
            reporter.Report(new Said($"unpacking {shown}"));
            BundleReader reader = new(shown, folder.Folder, store.Cache);
            BundleIndex index = await reader.ReadAsync(stream, cancellation).ConfigureAwait(false);
            return new OpenedBundle(folder, options with
            {
                Recipe = Path.Combine(folder.Folder.FullName, index.Recipe),
                Bundle = new BundleContents(path, index, reader.Contents),
                Locked = true,
                Offline = true,
            });
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public void Dispose() => folder.Dispose();

    private static FileStream OpenFile(string path, string shown)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan | FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(BundleFaults.Unreadable(shown, e.Message), e);
        }
    }
}
