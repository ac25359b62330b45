using ImageFactory.Model;
using ImageFactory.Pipeline.Artifacts;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Platform;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Maintenance;

/// <summary>Keeps a store small and sound. Safe beside running builds.</summary>
public sealed class StoreMaintenance(Store store)
{
    /// <summary>Everything that takes space, the least recently used first.</summary>
    public IReadOnlyList<StoreItem> List()
    {
        List<StoreItem> items = [];
        foreach (StoreEntryName name in store.AllNames())
        {
            if (Measure(name) is { } item)
                items.Add(item);
        }

        foreach (string file in Directory.EnumerateFiles(store.Cache.FullName, "*", SearchOption.AllDirectories))
        {
            if (FileStatus.Of(file) is { } status)
                items.Add(new StoreItem(file, null, status.Allocated, status.Used));
        }

        return [.. items.OrderBy(i => i.LastUsed).ThenBy(i => i.Path, StringComparer.Ordinal)];
    }

    /// <summary>What the store takes on disk, without what running builds are making.</summary>
    public long Size() => List().Sum(i => i.Bytes);

    /// <summary>
    /// Cleans up after dead runs, then removes the least recently used things until the store is no larger than wanted.
    /// What a build uses at this moment is spared.
    /// </summary>
    public GcResult Collect(long maxBytes, CancellationToken cancellation)
    {
        IReadOnlyList<Fault> warnings = DeadRuns.Sweep(store);
        new DeliveryRecords(store).Prune();
        IReadOnlyList<StoreItem> items = List();
        long left = items.Sum(i => i.Bytes);
        List<StoreItem> removed = [];
        int inUse = 0;
        foreach (StoreItem item in items)
        {
            cancellation.ThrowIfCancellationRequested();
            if (left <= maxBytes)
                break;
            if (!TryRemove(item))
            {
                inUse++;
                continue;
            }

            removed.Add(item);
            left -= item.Bytes;
        }

        return new GcResult(removed, left, inUse, warnings);
    }

    /// <summary>Reads every byte of the store and compares it with what was stored.</summary>
    /// <returns>A fault for each entry that is not what it was; none: the store is sound.</returns>
    public async Task<IReadOnlyList<Fault>> VerifyAsync(CancellationToken cancellation)
    {
        List<Fault> faults = [];
        foreach (StoreEntryName name in store.AllNames().OrderBy(n => n.Name, StringComparer.Ordinal))
        {
            // Held, so that it is not removed while it is read; what cannot be held is being removed.
            using FileLock? hold = FileLock.TryHold(name.Folder, exclusive: false);
            if (hold is not null && await FindDamageAsync(name, cancellation).ConfigureAwait(false) is { } damage)
                faults.Add(StoreFaults.NotWhatItWas(name.Folder, damage));
        }

        return faults;
    }

    private static async Task<string?> FindDamageAsync(StoreEntryName name, CancellationToken cancellation)
    {
        if (Store.ReadEntry(name) is not { } entry)
            return "entry.json is missing or cannot be read";
        if (!name.Name.StartsWith(entry.Key.Hex, StringComparison.Ordinal))
            return $"entry.json belongs to the key {entry.Key}";
        string output = Store.OutputOf(name.Folder);
        if (!Directory.Exists(output))
            return "its output is missing";

        OutputTree tree = await OutputTree.ReadAsync(output, sync: false, cancellation).ConfigureAwait(false);
        if (tree.Digest == entry.Output)
            return null;
        IEnumerable<StoredFile> different = entry.Files.Except(tree.Files).Concat(tree.Files.Except(entry.Files));
        return $"{string.Join(", ", different.Select(f => f.Path).Distinct(StringComparer.Ordinal).Take(5))} changed";
    }

    private bool TryRemove(StoreItem item)
    {
        try
        {
            if (Directory.Exists(item.Path))
                return store.TryRemove(new StoreEntryName(item.Path));
            File.Delete(item.Path);
            return true;
        }
        catch (Exception e) when (IoErrors.IsAny(e))
        {
            throw new FactoryException(StoreFaults.CannotWrite(e, item.Path, "this cannot be removed from the store"), e);
        }
    }

    // An entry that cannot be read is worth nothing: it counts as used never, and goes first.
    private static StoreItem? Measure(StoreEntryName name)
    {
        if (Store.ReadEntry(name) is { } entry)
            return new StoreItem(name.Folder, entry, entry.Allocated, Store.LastUsed(name));
        return Directory.Exists(name.Folder) ? new StoreItem(name.Folder, null, 0, DateTimeOffset.MinValue) : null;
    }
}
