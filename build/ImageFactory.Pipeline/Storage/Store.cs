using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Pipeline.Platform;

namespace ImageFactory.Pipeline.Storage;

/// <summary>
/// Outputs of stages by key, in a folder that several builds may share.
/// <code>
/// stages/&lt;key&gt;/output/     what the stage wrote
/// stages/&lt;key&gt;/entry.json  what decided it, and its files with sizes and digests
/// history/&lt;stage&gt;.json     the last entry of each stage, without files; kept when the entry is gone
/// locks/&lt;key&gt;             held while a key is being built
/// running/&lt;run&gt;.jsonl     journal of a run; locked as long as the run lives
/// tmp/&lt;run&gt;/              what a run is making
/// delivered/              what was delivered where, by digest of the path
/// cache/                  files that carry their own digest in their name
/// </code>
/// An entry comes into being by one rename, so that it is whole or not there.
/// </summary>
public sealed class Store
{
    private const string EntryFile = "entry.json";
    private readonly TimeProvider time;

    private Store(DirectoryInfo folder, TimeProvider time)
    {
        this.time = time;
        Folder = folder;
        Cache = new DirectoryInfo(Path.Combine(folder.FullName, "cache"));
    }

    public DirectoryInfo Folder { get; }

    /// <summary>For things that carry their own digest in their name.</summary>
    public DirectoryInfo Cache { get; }

    internal string Stages => Path.Combine(Folder.FullName, "stages");

    internal string Running => Path.Combine(Folder.FullName, "running");

    internal string Temporary => Path.Combine(Folder.FullName, "tmp");

    internal string Delivered => Path.Combine(Folder.FullName, "delivered");

    internal string Locks => Path.Combine(Folder.FullName, "locks");

    private string History => Path.Combine(Folder.FullName, "history");

    /// <exception cref="FactoryException">The folder cannot be made, or holds a store of another layout.</exception>
    public static Store Open(DirectoryInfo folder, TimeProvider time)
    {
        Store store = new(folder, time);
        try
        {
            foreach (string part in (string[])[store.Stages, store.History, store.Locks, store.Running, store.Temporary, store.Delivered, store.Cache.FullName])
                Directory.CreateDirectory(part);
            store.CheckLayout();
        }
        catch (Exception e) when (IoErrors.IsAny(e))
        {
            throw new FactoryException(StoreFaults.CannotWrite(e, folder.FullName, "the store cannot be opened"), e);
        }

        return store;
    }

    internal static string OutputOf(string entryFolder) => Path.Combine(entryFolder, "output");

    internal string TemporaryOf(string run) => Path.Combine(Temporary, run);

    /// <summary>The newest whole entry of a key, held for use. A damaged one is set aside with a warning, as if it were not there.</summary>
    internal StoreLease? Find(Sha256 key, Action<Fault> warn)
    {
        foreach (StoreEntryName name in StoreEntryName.Of(Stages, key))
        {
            if (TryLease(name, out string? damage) is { } lease)
            {
                Touch(name);
                return lease;
            }

            if (damage is not null && SetAside(name))
                warn(StoreFaults.Damaged(name, damage));
        }

        return null;
    }

    /// <summary>As <see cref="Find"/>, but touches nothing: for those who only want to know. Somebody may remove the output at any time.</summary>
    internal (StoreEntry Entry, DirectoryInfo Output)? Peek(Sha256 key)
    {
        foreach (StoreEntryName name in StoreEntryName.Of(Stages, key))
        {
            if (ReadEntry(name) is { } entry && FindDamage(entry, name) is null)
                return (entry, new DirectoryInfo(OutputOf(name.Folder)));
        }

        return null;
    }

    /// <returns>Null when another process (or another run of this one) is building this key.</returns>
    internal FileLock? TryLock(Sha256 key, string holder) => FileLock.TryOwn(LockOf(key), holder);

    internal string? HolderOf(Sha256 key) => FileLock.Read(LockOf(key));

    /// <summary>
    /// Puts a finished folder (<c>output/</c> in it) into the store. When the newest entry of the key holds the same bytes already,
    /// that one is kept and only becomes younger. The caller holds the key's lock.
    /// </summary>
    internal StoreLease Commit(string folder, StoreEntry entry)
    {
        IReadOnlyList<StoreEntryName> present = StoreEntryName.Of(Stages, entry.Key);
        if (present.Count > 0 && TryLease(present[0], out _) is { } newest)
        {
            if (newest.Entry.Output == entry.Output)
            {
                WriteEntry(present[0].Folder, entry);
                Touch(present[0]);
                Remember(entry);
                return newest.With(entry);
            }

            newest.Dispose();
        }

        WriteEntry(folder, entry);
        Durable.SyncFolder(folder);
        FileLock hold = FileLock.TryHold(folder, exclusive: false) ?? throw new IOException($"{folder} vanished before it could be stored");
        StoreEntryName name = present.Count == 0 ? StoreEntryName.First(Stages, entry.Key) : StoreEntryName.Later(Stages, entry.Key, time.GetUtcNow());
        Directory.Move(folder, name.Folder);
        Durable.SyncFolder(Stages);
        Touch(name);
        Remember(entry);
        foreach (StoreEntryName old in present)
            TryRemove(old);
        return new StoreLease(entry, new DirectoryInfo(OutputOf(name.Folder)), hold);
    }

    /// <summary>The last entry of a stage, whatever its key, without its files; also when the store no longer holds its output.</summary>
    internal StoreEntry? LastOf(string stage)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(History, $"{stage}.json")), StoreJson.Default.StoreEntry);
        }
        catch (Exception e) when (IoErrors.IsAny(e) || e is JsonException)
        {
            return null;
        }
    }

    /// <summary>Makes an entry the last of its stage, for the comparison of the next run.</summary>
    internal void Remember(StoreEntry entry)
    {
        byte[] withoutFiles = JsonSerializer.SerializeToUtf8Bytes(entry with { Files = [] }, StoreJson.Default.StoreEntry);
        Durable.ReplaceFile(Path.Combine(History, $"{entry.Stage}.json"), withoutFiles, sync: false);
    }

    internal IEnumerable<StoreEntryName> AllNames() => Directory.EnumerateDirectories(Stages).Select(f => new StoreEntryName(f));

    internal static StoreEntry? ReadEntry(StoreEntryName name)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(name.Folder, EntryFile)), StoreJson.Default.StoreEntry);
        }
        catch (Exception e) when (IoErrors.IsAny(e) || e is JsonException)
        {
            return null;
        }
    }

    internal static DateTimeOffset LastUsed(StoreEntryName name) => File.GetLastWriteTimeUtc(Path.Combine(name.Folder, EntryFile));

    /// <returns>False when the entry is in use or already gone.</returns>
    internal bool TryRemove(StoreEntryName name)
    {
        using FileLock? mine = FileLock.TryHold(name.Folder, exclusive: true);
        if (mine is null)
            return false;
        string aside = MoveAside(name);
        FolderRemoval.Remove(aside);
        return true;
    }

    private static StoreLease? TryLease(StoreEntryName name, out string? damage)
    {
        damage = null;
        FileLock? hold = FileLock.TryHold(name.Folder, exclusive: false);
        if (hold is null)
            return null;
        StoreEntry? entry = ReadEntry(name);
        damage = entry is null ? $"{EntryFile} cannot be read" : FindDamage(entry, name);
        if (damage is null)
            return new StoreLease(entry!, new DirectoryInfo(OutputOf(name.Folder)), hold);
        hold.Dispose();
        return null;
    }

    // Looked at again under the lock: another build may have put a good one in its place meanwhile.
    private bool SetAside(StoreEntryName name)
    {
        using FileLock? mine = FileLock.TryHold(name.Folder, exclusive: true);
        if (mine is null || (ReadEntry(name) is { } entry && FindDamage(entry, name) is null))
            return false;
        MoveAside(name);
        return true;
    }

    private string MoveAside(StoreEntryName name)
    {
        string aside = Path.Combine(Temporary, $"aside-{Guid.NewGuid():n}");
        Directory.Move(name.Folder, aside);
        return aside;
    }

    /// <summary>Presence, type and size of every file: what a look-up can afford. <c>verify</c> reads the bytes.</summary>
    private static string? FindDamage(StoreEntry entry, StoreEntryName name)
    {
        string output = OutputOf(name.Folder);
        if (!Directory.Exists(output))
            return "its output is missing";
        foreach (StoredFile file in entry.Files)
        {
            FileKind expected = file.Type switch { StoredFileType.File => FileKind.File, StoredFileType.Folder => FileKind.Folder, _ => FileKind.Link };
            if (FileStatus.Of(Path.Combine(output, file.Path)) is not { } found)
                return $"{file.Path} is missing";
            if (found.Kind != expected)
                return $"{file.Path} is no {expected.ToString().ToLowerInvariant()} any more";
            if (expected == FileKind.File && found.Size != file.Size)
                return $"{file.Path} has {found.Size} bytes instead of {file.Size}";
        }

        return null;
    }

    private void CheckLayout()
    {
        string file = Path.Combine(Folder.FullName, "store.json");
        if (!File.Exists(file))
        {
            Durable.ReplaceFile(file, JsonSerializer.SerializeToUtf8Bytes(new StoreVersion(StoreVersion.Current), StoreJson.Default.StoreVersion), sync: true);
            return;
        }

        int found = ReadLayout(file);
        if (found != StoreVersion.Current)
            throw new FactoryException(StoreFaults.OtherLayout(Folder.FullName, found));
    }

    private static int ReadLayout(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), StoreJson.Default.StoreVersion)?.Layout ?? 0;
        }
        catch (JsonException)
        {
            return 0;
        }
    }

    private static void WriteEntry(string folder, StoreEntry entry) =>
        Durable.ReplaceFile(Path.Combine(folder, EntryFile), entry.ToJson(), sync: true);

    private void Touch(StoreEntryName name)
    {
        try
        {
            File.SetLastWriteTimeUtc(Path.Combine(name.Folder, EntryFile), time.GetUtcNow().UtcDateTime);
        }
        catch (Exception e) when (IoErrors.IsAny(e))
        {
            // A store that can only be read still serves what it has; it merely does not learn when.
        }
    }

    private string LockOf(Sha256 key) => Path.Combine(Locks, key.Hex);
}
