using System.Text;
using System.Text.Json;
using ImageFactory.Model;

namespace ImageFactory.Publishing.Journal;

/// <summary>
/// What a try to publish has made at one destination, written down before it is made: after <c>kill -9</c> at any point the next run knows
/// all of it. One file per destination, a line of JSON per event, each on the disk before the call returns; locked as long as the run lives.
/// It may hold addresses that work like keys (upload sessions), so only its owner can read it.
/// </summary>
public sealed class PublicationJournal : IDisposable
{
    /// <summary>EAGAIN (EWOULDBLOCK), which the base library keeps in HResult when the lock is another's.</summary>
    private const int ErrorWouldBlock = 11;

    private readonly FileStream file;
    private readonly Lock gate = new();
    private readonly List<JournaledObject> objects = [];
    private readonly Dictionary<string, string> notes = new(StringComparer.Ordinal);
    private long end;

    private PublicationJournal(FileStream file)
    {
        this.file = file;
    }

    public string FilePath => file.Name;

    /// <summary>The image of the last try that did not end; null when there is none.</summary>
    public Sha256? Image { get; private set; }

    /// <summary>What was made or intended and not removed, in the order of intent.</summary>
    public IReadOnlyList<JournaledObject> Objects
    {
        get
        {
            lock (gate)
                return [.. objects];
        }
    }

    /// <summary>Opens a destination's journal and locks it.</summary>
    /// <returns>Null when another run has it.</returns>
    /// <exception cref="FactoryException">IFU102.</exception>
    public static PublicationJournal? TryOpen(string folder, string place)
    {
        string path = Path.Combine(folder, Sha256.Of(place).Hex[..32] + ".jsonl");
        try
        {
            Directory.CreateDirectory(folder);
            if (TryLock(path) is not { } file)
                return null;
            PublicationJournal journal = new(file);
            journal.Load();
            return journal;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(PublishFaults.JournalNotWritable(path, e.Message), e);
        }
    }

    /// <summary>Begins a try. What an earlier one for the same image made stays known; of another image nothing may be left.</summary>
    public void Begin(Sha256 image, string place)
    {
        if (Image == image)
            return;
        if (Objects.Count > 0)
            throw new InvalidOperationException("objects of another image are still in the journal");
        lock (gate)
        {
            Guarded(() => RandomAccess.SetLength(file.SafeFileHandle, 0));
            end = 0;
            notes.Clear();
            Append(new JournalEntry(EntryKind.Begun) { Image = image, Place = place });
            Image = image;
        }
    }

    /// <summary>Writes down that an object will be made; returns when that is on the disk. Repeating it changes nothing.</summary>
    /// <exception cref="FactoryException">IFU102: then do not make it.</exception>
    public void Intend(string kind, string key)
    {
        lock (gate)
        {
            if (IndexOf(kind, key) >= 0)
                return;
            Append(new JournalEntry(EntryKind.Intended) { Kind = kind, Key = key });
            objects.Add(new JournaledObject(kind, key));
        }
    }

    /// <summary>Writes down the id that the service gave.</summary>
    public void Created(string kind, string key, string id)
    {
        lock (gate)
        {
            Append(new JournalEntry(EntryKind.Created) { Kind = kind, Key = key, Id = id });
            int index = IndexOf(kind, key);
            if (index < 0)
                objects.Add(new JournaledObject(kind, key) { Id = id });
            else
                objects[index] = objects[index] with { Id = id };
        }
    }

    public void Removed(string kind, string key)
    {
        lock (gate)
        {
            Append(new JournalEntry(EntryKind.Removed) { Kind = kind, Key = key });
            objects.RemoveAll(o => o.Kind == kind && o.Key == key);
        }
    }

    /// <summary>An object of an earlier try for this image.</summary>
    public JournaledObject? Find(string kind, string? key = null) => Objects.LastOrDefault(o => o.Kind == kind && (key is null || o.Key == key));

    /// <summary>Keeps a fact for a run that goes on; a later value takes the place of an earlier one.</summary>
    public void Note(string name, string value)
    {
        lock (gate)
        {
            Append(new JournalEntry(EntryKind.Noted) { Kind = name, Id = value });
            notes[name] = value;
        }
    }

    public string? NoteOf(string name)
    {
        lock (gate)
            return notes.GetValueOrDefault(name);
    }

    /// <summary>The image is published, or nothing is left of the try: there is nothing to resume or to remove any more.</summary>
    public void Complete()
    {
        lock (gate)
        {
            // The addresses in it that work like keys end with it.
            Guarded(() =>
            {
                RandomAccess.SetLength(file.SafeFileHandle, 0);
                RandomAccess.FlushToDisk(file.SafeFileHandle);
            });
            end = 0;
            Forget();
        }
    }

    public void Dispose() => file.Dispose();

    private int IndexOf(string kind, string key) => objects.FindIndex(o => o.Kind == kind && o.Key == key);

    private void Forget()
    {
        objects.Clear();
        notes.Clear();
        Image = null;
    }

    // The base library's lock is flock: it is gone with the process, however that ends.
    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (IOException e) when (e.HResult == ErrorWouldBlock)
        {
            return null;
        }
    }

    private void Load()
    {
        byte[] bytes = new byte[RandomAccess.GetLength(file.SafeFileHandle)];
        end = RandomAccess.Read(file.SafeFileHandle, bytes, 0);
        foreach (string line in Encoding.UTF8.GetString(bytes, 0, (int)end).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Parse(line) is { } entry)
                Replay(entry);
        }
    }

    // A line may be cut off by the death of its writer: it was never acted on.
    private static JournalEntry? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, JournalEntryJson.Default.JournalEntry);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Replay(JournalEntry entry)
    {
        switch (entry)
        {
            case { Entry: EntryKind.Begun }:
                Forget();
                Image = entry.Image;
                break;
            case { Entry: EntryKind.Intended, Kind: { } kind, Key: { } key }:
                objects.Add(new JournaledObject(kind, key));
                break;
            case { Entry: EntryKind.Created, Kind: { } kind, Key: { } key }:
                objects.RemoveAll(o => o.Kind == kind && o.Key == key);
                objects.Add(new JournaledObject(kind, key) { Id = entry.Id });
                break;
            case { Entry: EntryKind.Removed }:
                objects.RemoveAll(o => o.Kind == entry.Kind && o.Key == entry.Key);
                break;
            case { Entry: EntryKind.Noted, Kind: { } name, Id: { } value }:
                notes[name] = value;
                break;
            case { Entry: EntryKind.Completed }:
                Forget();
                break;
        }
    }

    // A line begins with its line feed, so that one which was cut off spoils only itself.
    private void Append(JournalEntry entry)
    {
        byte[] line = [(byte)'\n', .. JsonSerializer.SerializeToUtf8Bytes(entry, JournalEntryJson.Default.JournalEntry)];
        Guarded(() =>
        {
            RandomAccess.Write(file.SafeFileHandle, line, end);
            RandomAccess.FlushToDisk(file.SafeFileHandle);
        });
        end += line.Length;
    }

    private void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(PublishFaults.JournalNotWritable(FilePath, e.Message), e);
        }
    }
}
