using ImageFactory.Pipeline.Platform;

namespace ImageFactory.Pipeline.Storage;

/// <summary>An entry in use: as long as this is held, by whichever process, nobody removes the entry.</summary>
public sealed class StoreLease : IDisposable
{
    private readonly FileLock hold;

    internal StoreLease(StoreEntry entry, DirectoryInfo output, FileLock hold)
    {
        this.hold = hold;
        Entry = entry;
        Output = output;
    }

    public StoreEntry Entry { get; }

    /// <summary>The stage's output. Not to be written to.</summary>
    public DirectoryInfo Output { get; }

    /// <summary>The same hold on the same output, of which more is known now. Takes the place of this one.</summary>
    internal StoreLease With(StoreEntry entry) => new(entry, Output, hold);

    public void Dispose() => hold.Dispose();
}
