using System.IO.Enumeration;
using System.Text;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tree;

/// <summary>
/// A root file system without unpacking it: names, metadata, and references to contents. Paths are those of the image;
/// symbolic links are followed inside of it as after chroot, so that no path ever means anything outside.
/// </summary>
internal sealed class FileTree
{
    /// <summary>As many links as the kernel follows in one path.</summary>
    public const int MaxLinks = 40;

    /// <summary>Files that are read as text (units, passwd) are small; more is a mistake or an attack.</summary>
    public const int MaxText = 1 << 20;

    /// <summary>Bytes of a file of a package database: that of a desktop with thousands of packages has some MiB.</summary>
    private const int MaxDatabase = 64 << 20;

    private readonly TreeNode root = new("", null, new Inode(TreeEntry.Directory() with { Implied = true }));

    /// <summary>How many names there are, without the root.</summary>
    public int Count { get; private set; }

    /// <summary>Everything, parents before children, names in ordinal order. The tree must not change meanwhile.</summary>
    public IEnumerable<TreeItem> Walk() => Walk(root);

    /// <summary>As <see cref="Walk()"/>, from one folder on (itself included); nothing when it is not there.</summary>
    public IEnumerable<TreeItem> Walk(string under) => Seek(under, followLast: true).Found is { } start ? Walk(start) : [];

    /// <summary>What a path leads to, symbolic links followed.</summary>
    public TreeEntry? Find(string path) => Seek(path, followLast: true).Found?.Entry;

    /// <summary>What a path names itself: a symbolic link in the last place is not followed.</summary>
    public TreeEntry? FindSelf(string path) => Seek(path, followLast: false).Found?.Entry;

    /// <summary>Where a path leads in the end, or null when it leads nowhere.</summary>
    public string? Resolve(string path) => Seek(path, followLast: true).Found?.Path();

    /// <summary>Names in a folder, in ordinal order; none when it is not there.</summary>
    public IReadOnlyList<string> List(string folder) =>
        Seek(folder, followLast: true).Found is { } node ? [.. node.SortedChildren().Select(c => c.Name)] : [];

    /// <summary>The text of a file, or null when there is no such file.</summary>
    public string? ReadText(string path) => ReadText(path, MaxText);

    /// <summary>The same of a file of a package database.</summary>
    public string? ReadDatabase(string path) => ReadText(path, MaxDatabase);

    private string? ReadText(string path, int most)
    {
        if (Find(path) is not { Type: TreeEntryType.File } entry)
            return null;
        if (entry.Content.Length > most)
            throw new FactoryException(TreeFaults.TooLargeToRead(path, entry.Content.Length, most));
        using StreamReader reader = new(entry.Content.Open(), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>
    /// Puts an entry in its place and makes the folders above it. A directory on top of one takes over its metadata; anything else
    /// replaces what had the name, but never a folder.
    /// </summary>
    /// <exception cref="FactoryException">The place is taken by something that it cannot replace.</exception>
    public void Put(string path, TreeEntry entry) => Put(path, new Inode(entry));

    /// <summary>Makes a further name for what <paramref name="target"/> names.</summary>
    public void AddName(string path, string target)
    {
        TreeNode named = Seek(target, followLast: false).Found ?? throw new FactoryException(TreeFaults.NotThere(target));
        if (named.Entry.IsDirectory)
            throw new FactoryException(TreeFaults.LinkToDirectory(path, target));
        Put(path, named.Inode);
    }

    /// <summary>Changes an entry for all its names.</summary>
    public void Change(string path, Func<TreeEntry, TreeEntry> change)
    {
        TreeNode node = Seek(path, followLast: false).Found ?? throw new FactoryException(TreeFaults.NotThere(path));
        node.Inode.Entry = change(node.Entry);
    }

    /// <summary>Changes every entry once.</summary>
    public void ChangeAll(Func<string, TreeEntry, TreeEntry> change)
    {
        foreach ((string path, TreeNode node) in Nodes(root))
        {
            if (!IsLaterName(node))
                node.Inode.Entry = change(path, node.Entry);
        }

        seen.Clear();
    }

    /// <summary>Removes a name and, of a folder, all that is below. A symbolic link is removed itself.</summary>
    public bool Remove(string path)
    {
        if (Seek(path, followLast: false).Found is not { Parent: { } parent } node)
            return false;
        Detach(parent, node);
        return true;
    }

    /// <summary>Removes what is in a folder and leaves the folder.</summary>
    public void Empty(string folder)
    {
        foreach (string name in List(folder))
            Remove(TreePath.Join(folder, name));
    }

    /// <summary>
    /// Removes what matches: <c>*</c> and <c>?</c> within a name, <c>**</c> for any number of folders. Symbolic links are not followed.
    /// </summary>
    /// <returns>How many names matched; what was below them is not counted.</returns>
    public int RemoveMatches(string pattern)
    {
        List<TreeNode> matches = [];
        Match(root, [.. TreePath.Names(pattern)], 0, matches);
        int removed = 0;
        foreach (TreeNode match in matches.Where(m => m.Parent!.Child(m.Name) == m))
        {
            Detach(match.Parent!, match);
            removed++;
        }

        return removed;
    }

    /// <summary>
    /// Puts another tree on top: later wins. Where a folder of the layer is a symbolic link to a folder here, its content goes where the
    /// link leads (<c>/bin/x</c> lands in <c>/usr/bin/x</c>).
    /// </summary>
    /// <returns>What could not be put in its place; the rest was.</returns>
    public IReadOnlyList<Fault> Merge(FileTree layer)
    {
        List<Fault> faults = [];
        Dictionary<Inode, Inode> copies = [];
        foreach ((string path, TreeNode node) in Nodes(layer.root))
        {
            if (!copies.TryGetValue(node.Inode, out Inode? copy))
            {
                copy = new Inode(node.Entry);
                if (node.Inode.Names > 1)
                    copies.Add(node.Inode, copy);
            }

            try
            {
                Put(path, copy);
            }
            catch (FactoryException e)
            {
                faults.AddRange(e.Faults);
            }
        }

        return faults;
    }

    private readonly HashSet<Inode> seen = [];

    private bool IsLaterName(TreeNode node) => node.Inode.Names > 1 && !seen.Add(node.Inode);

    private static IEnumerable<TreeItem> Walk(TreeNode start)
    {
        Dictionary<Inode, string> firstNames = [];
        foreach ((string path, TreeNode node) in Nodes(start))
        {
            string? first = null;
            if (node.Inode.Names > 1 && !firstNames.TryAdd(node.Inode, path))
                first = firstNames[node.Inode];
            yield return new TreeItem(path, node.Entry, first);
        }
    }

    private static IEnumerable<(string Path, TreeNode Node)> Nodes(TreeNode start)
    {
        Stack<(string Path, TreeNode Node)> pending = new();
        pending.Push((start.Path(), start));
        while (pending.TryPop(out (string Path, TreeNode Node) next))
        {
            yield return next;
            string prefix = next.Path == "/" ? "/" : next.Path + "/";
            foreach (TreeNode child in next.Node.SortedChildren().Reverse())
                pending.Push((prefix + child.Name, child));
        }
    }

    private static void Match(TreeNode folder, string[] pattern, int at, List<TreeNode> matches)
    {
        bool anyDepth = pattern[at] == "**";
        bool last = at == pattern.Length - 1;
        if (anyDepth && !last)
            Match(folder, pattern, at + 1, matches);
        foreach (TreeNode child in folder.SortedChildren())
        {
            if (!anyDepth && !FileSystemName.MatchesSimpleExpression(pattern[at], child.Name, ignoreCase: false))
                continue;
            if (last)
                matches.Add(child);
            else
                Match(child, pattern, anyDepth ? at : at + 1, matches);
        }
    }

    private void Put(string path, Inode inode)
    {
        Place place = Seek(path, followLast: false);
        if (place.Found is { } existing)
        {
            Replace(path, existing, inode);
            return;
        }

        TreeNode folder = place.Deepest;
        if (place.TooManyLinks)
            throw new FactoryException(TreeFaults.TooManyLinks(path));
        if (!folder.Entry.IsDirectory)
            throw new FactoryException(TreeFaults.ParentIsNoDirectory(path, folder.Path()));
        for (int i = 0; i < place.Missing.Count - 1; i++)
            folder = Attach(folder, place.Missing[i], new Inode(TreeEntry.Directory() with { Implied = true }));
        Attach(folder, place.Missing[^1], inode);
    }

    private void Replace(string path, TreeNode existing, Inode inode)
    {
        TreeEntry entry = inode.Entry;
        if (!entry.IsDirectory)
        {
            if (existing.Entry.IsDirectory)
                throw new FactoryException(TreeFaults.ReplacesDirectory(path, entry.Type));
            existing.Inode.Names--;
            existing.Inode = inode;
            inode.Names++;
            return;
        }

        TreeNode? folder = existing.Entry.Type == TreeEntryType.SymbolicLink ? Seek(path, followLast: true).Found : existing;
        if (folder is null || !folder.Entry.IsDirectory)
            throw new FactoryException(TreeFaults.DirectoryReplaces(path, existing.Entry.Type));
        if (!entry.Implied)
            folder.Inode.Entry = entry;
    }

    private TreeNode Attach(TreeNode folder, string name, Inode inode)
    {
        TreeNode node = new(name, folder, inode);
        (folder.Children ??= new Dictionary<string, TreeNode>(StringComparer.Ordinal)).Add(name, node);
        inode.Names++;
        Count++;
        return node;
    }

    private void Detach(TreeNode parent, TreeNode node)
    {
        parent.Children!.Remove(node.Name);
        foreach ((_, TreeNode gone) in Nodes(node))
        {
            gone.Inode.Names--;
            Count--;
        }
    }

    private Place Seek(string path, bool followLast)
    {
        Stack<string> names = new(TreePath.Names(path).Reverse());
        TreeNode at = root;
        List<string> missing = [];
        int links = 0;
        while (names.TryPop(out string? name))
        {
            if (name == "..")
            {
                if (missing.Count > 0)
                    missing.RemoveAt(missing.Count - 1);
                else
                    at = at.Parent ?? root;
                continue;
            }

            if (missing.Count > 0 || at.Child(name) is not { } child)
            {
                missing.Add(name);
                continue;
            }

            if (child.Entry.Type != TreeEntryType.SymbolicLink || (names.Count == 0 && !followLast))
            {
                at = child;
                continue;
            }

            if (++links > MaxLinks)
                return new Place(null, at, [name], TooManyLinks: true);
            string target = child.Entry.Target!;
            if (target.StartsWith('/'))
                at = root;
            foreach (string part in TreePath.Names(target).Reverse())
                names.Push(part);
        }

        return new Place(missing.Count == 0 ? at : null, at, missing, TooManyLinks: false);
    }

    /// <param name="Found">What the path leads to, when all of it is there.</param>
    /// <param name="Deepest">The last part that is there.</param>
    /// <param name="Missing">The names below it that are not.</param>
    /// <param name="TooManyLinks">The search was given up.</param>
    private readonly record struct Place(TreeNode? Found, TreeNode Deepest, IReadOnlyList<string> Missing, bool TooManyLinks);
}
