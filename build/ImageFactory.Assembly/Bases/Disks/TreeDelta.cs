using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Bases.Disks;

/// <summary>What changed between two trees. Time stamps do not count.</summary>
/// <param name="Changed">New and changed entries, with the folders above them as they are.</param>
/// <param name="Removed">Paths that are gone or are of another type now, the outermost only.</param>
internal sealed record TreeDelta(FileTree Changed, IReadOnlyList<string> Removed)
{
    public bool IsEmpty => Changed.Count == 0 && Removed.Count == 0;

    public static TreeDelta Between(FileTree before, FileTree after, CancellationToken cancellation)
    {
        Dictionary<string, TreeEntry> old = before.Walk().ToDictionary(i => i.Path, i => i.Entry, StringComparer.Ordinal);
        FileTree changed = new();
        HashSet<string> kept = new(StringComparer.Ordinal);
        List<string> removed = [];
        foreach (TreeItem item in after.Walk())
        {
            cancellation.ThrowIfCancellationRequested();
            kept.Add(item.Path);
            bool known = old.TryGetValue(item.Path, out TreeEntry? entry);
            if (known && IsSame(entry!, item.Entry))
                continue;
            if (known && entry!.Type != item.Entry.Type)
                removed.Add(item.Path);
            PutWithFolders(changed, after, item);
        }

        foreach (TreeItem item in before.Walk().Where(i => !kept.Contains(i.Path)))
        {
            if (removed.Count == 0 || !item.Path.StartsWith(removed[^1] + "/", StringComparison.Ordinal))
                removed.Add(item.Path);
        }

        return new TreeDelta(changed, removed);
    }

    private static void PutWithFolders(FileTree changed, FileTree after, TreeItem item)
    {
        for (int slash = item.Path.IndexOf('/', 1); slash > 0; slash = item.Path.IndexOf('/', slash + 1))
        {
            string folder = item.Path[..slash];
            if (changed.FindSelf(folder) is null or { Implied: true })
                changed.Put(folder, after.FindSelf(folder)!);
        }

        if (item.Path != "/")
            changed.Put(item.Path, item.Entry);
    }

    private static bool IsSame(TreeEntry left, TreeEntry right) =>
        left.Type == right.Type
        && (left.Type == TreeEntryType.SymbolicLink || left.Mode == right.Mode)
        && (left.Uid, left.Gid, left.Target, left.DeviceMajor, left.DeviceMinor) == (right.Uid, right.Gid, right.Target, right.DeviceMajor, right.DeviceMinor)
        && left.Xattrs.Count == right.Xattrs.Count
        && left.Xattrs.All(x => right.Xattrs.TryGetValue(x.Key, out byte[]? value) && x.Value.AsSpan().SequenceEqual(value))
        && (left.Type != TreeEntryType.File || HasSameContent(left.Content, right.Content));

    private static bool HasSameContent(TreeContent left, TreeContent right)
    {
        if (left.Length != right.Length)
            return false;
        if (left.Length == 0)
            return true;
        using Stream a = left.Open();
        using Stream b = right.Open();
        byte[] bufferA = new byte[64 << 10];
        byte[] bufferB = new byte[64 << 10];
        while (true)
        {
            int count = a.ReadAtLeast(bufferA, bufferA.Length, throwOnEndOfStream: false);
            int other = b.ReadAtLeast(bufferB, bufferB.Length, throwOnEndOfStream: false);
            if (count != other || !bufferA.AsSpan(0, count).SequenceEqual(bufferB.AsSpan(0, other)))
                return false;
            if (count < bufferA.Length)
                return true;
        }
    }
}
