namespace ImageFactory.Assembly.Tree;

/// <summary>A name in a directory. Names that share an <see cref="Inode"/> are hard links of each other.</summary>
internal sealed class TreeNode(string name, TreeNode? parent, Inode inode)
{
    public string Name { get; } = name;

    public TreeNode? Parent { get; } = parent;

    public Inode Inode { get; set; } = inode;

    /// <summary>Null until something is put below.</summary>
    public Dictionary<string, TreeNode>? Children { get; set; }

    public TreeEntry Entry => Inode.Entry;

    public TreeNode? Child(string child) => Children is not null && Children.TryGetValue(child, out TreeNode? found) ? found : null;

    public IEnumerable<TreeNode> SortedChildren()
    {
        if (Children is null)
            return [];
        TreeNode[] sorted = [.. Children.Values];
        Array.Sort(sorted, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return sorted;
    }

    public string Path()
    {
        if (Parent is null)
            return "/";
        Stack<string> names = new();
        for (TreeNode node = this; node.Parent is not null; node = node.Parent)
            names.Push(node.Name);
        return "/" + string.Join('/', names);
    }
}

internal sealed class Inode(TreeEntry entry)
{
    public TreeEntry Entry { get; set; } = entry;

    /// <summary>How many names it has.</summary>
    public int Names { get; set; }
}
