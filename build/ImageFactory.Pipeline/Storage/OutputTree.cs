using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ImageFactory.Model;
using ImageFactory.Pipeline.Platform;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.Pipeline.Storage;

/// <summary>
/// A stage's output folder as a sorted list with digests. The digest of the whole is SHA-256 over, for each item in the order
/// of its path's UTF-16 code units: path, type, mode, size, and content digest or link target, each as
/// <c>u32 length (big-endian), UTF-8</c>. Owners and time stamps do not count.
/// </summary>
internal sealed record OutputTree(IReadOnlyList<StoredFile> Files, Sha256 Digest, long Bytes, long Allocated)
{
    /// <summary>From so many files on, one flush of the whole file system is cheaper than one of each file.</summary>
    private const int ManyFiles = 256;

    /// <param name="sync">Also make it survive a loss of power.</param>
    /// <param name="known">Digests of files, by path, that need not be taken again.</param>
    /// <exception cref="FactoryException">The folder holds a device, a pipe or a socket.</exception>
    internal static async Task<OutputTree> ReadAsync(string root, bool sync, CancellationToken cancellation, IReadOnlyDictionary<string, Sha256>? known = null)
    {
        List<StoredFile> items = [];
        long allocated = 0;
        foreach (string path in Walk(root))
        {
            (StoredFile item, long blocks) = Look(root, path);
            items.Add(item);
            allocated += blocks;
        }

        items.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        bool syncEach = sync && items.Count <= ManyFiles;
        ConcurrentDictionary<string, Sha256> digests = new(StringComparer.Ordinal);

        // The largest first, so that the last one does not run alone.
        await Parallel.ForEachAsync(
            items.Where(i => i.Type == StoredFileType.File).OrderByDescending(i => i.Size),
            cancellation,
            (item, token) =>
            {
                Sha256? digest = known?.TryGetValue(item.Path, out Sha256 taken) == true ? taken : null;
                digests[item.Path] = SettleFile(Path.Combine(root, item.Path), digest, syncEach, token);
                return ValueTask.CompletedTask;
            }).ConfigureAwait(false);

        if (sync)
            SyncFolders(root, items, syncEach);
        StoredFile[] files = [.. items.Select(i => i.Type == StoredFileType.File ? i with { Digest = digests[i.Path] } : i)];
        return new OutputTree(files, HashList(files), files.Sum(f => f.Size), allocated);
    }

    /// <summary>Everything below a folder; links are not followed.</summary>
    private static IEnumerable<string> Walk(string root) => Directory.EnumerateFileSystemEntries(
        root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false });

    private static (StoredFile Item, long Allocated) Look(string root, string path)
    {
        string relative = Path.GetRelativePath(root, path);
        FileStatus status = FileStatus.Of(path) ?? throw new FileNotFoundException($"{path} vanished while the output of its stage was read", path);
        string mode = Convert.ToString(status.Mode, 8).PadLeft(4, '0');
        return status.Kind switch
        {
            FileKind.File => (new StoredFile(relative, StoredFileType.File, mode, status.Size), status.Allocated),
            FileKind.Folder => (new StoredFile(relative, StoredFileType.Folder, mode, 0), status.Allocated),
            FileKind.Link => (new StoredFile(relative, StoredFileType.Link, mode, 0) { Link = new FileInfo(path).LinkTarget ?? "" }, status.Allocated),
            _ => throw new FactoryException(StoreFaults.SpecialFile(path)),
        };
    }

    /// <summary>Takes the digest of a file unless it is known, and makes the file last when that is asked for.</summary>
    private static Sha256 SettleFile(string path, Sha256? known, bool sync, CancellationToken cancellation)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (sync)
            Durable.StartWriting(file);
        Sha256 digest = known ?? Sha256.OfFile(file, cancellation);
        if (sync)
            RandomAccess.FlushToDisk(file);
        return digest;
    }

    private static void SyncFolders(string root, IEnumerable<StoredFile> items, bool each)
    {
        if (!each)
        {
            Durable.SyncFileSystemOf(root);
            return;
        }

        foreach (StoredFile folder in items.Where(i => i.Type == StoredFileType.Folder))
            Durable.SyncFolder(Path.Combine(root, folder.Path));
        Durable.SyncFolder(root);
    }

    private static Sha256 HashList(IEnumerable<StoredFile> files)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (StoredFile file in files)
        {
            Append(hash, file.Path);
            Append(hash, file.Type switch { StoredFileType.File => "f", StoredFileType.Folder => "d", _ => "l" });
            Append(hash, file.Mode);
            Append(hash, file.Size.ToString(CultureInfo.InvariantCulture));
            Append(hash, file.Digest?.Hex ?? file.Link ?? "");
        }

        return new Sha256(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
