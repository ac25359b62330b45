using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Maintenance;

/// <summary>One thing that takes space in the store.</summary>
/// <param name="Path">Its folder, or its file in the cache.</param>
/// <param name="Entry">What it is; null for a file of the cache, and for an entry that cannot be read.</param>
/// <param name="Bytes">What it takes on disk.</param>
public sealed record StoreItem(string Path, StoreEntry? Entry, long Bytes, DateTimeOffset LastUsed);
