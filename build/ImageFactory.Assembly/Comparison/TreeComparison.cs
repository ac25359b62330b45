using System.Globalization;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Comparison;

/// <summary>Names what differs in two root file systems: names, kinds, modes, owners, link targets, extended attributes and bytes.</summary>
internal static class TreeComparison
{
    private const int PieceSize = 1 << 17;

    public static IEnumerable<FileChange> Of(FileTree one, FileTree other)
    {
        Dictionary<string, TreeEntry> first = one.Walk().ToDictionary(i => i.Path, i => i.Entry, StringComparer.Ordinal);
        Dictionary<string, TreeEntry> second = other.Walk().ToDictionary(i => i.Path, i => i.Entry, StringComparer.Ordinal);
        foreach (string path in first.Keys.Union(second.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (!second.TryGetValue(path, out TreeEntry? its))
                yield return new FileChange(path, ChangeKind.Removed, []);
            else if (!first.TryGetValue(path, out TreeEntry? mine))
                yield return new FileChange(path, ChangeKind.Added, []);
            else if (Of(mine, its).ToArray() is { Length: > 0 } what)
                yield return new FileChange(path, ChangeKind.Changed, what);
        }
    }

    private static IEnumerable<string> Of(TreeEntry one, TreeEntry other)
    {
        if (one.Type != other.Type)
        {
            yield return $"{one.Type} against {other.Type}";
            yield break;
        }

        if (one.Mode != other.Mode)
            yield return $"mode {Octal(one.Mode)} against {Octal(other.Mode)}";
        if ((one.Uid, one.Gid) != (other.Uid, other.Gid))
            yield return string.Create(CultureInfo.InvariantCulture, $"owner {one.Uid}:{one.Gid} against {other.Uid}:{other.Gid}");
        if (one.Target != other.Target)
            yield return $"leads to {one.Target} against {other.Target}";
        foreach (string attribute in one.Xattrs.Keys.Union(other.Xattrs.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (!one.Xattrs.GetValueOrDefault(attribute, []).AsSpan().SequenceEqual(other.Xattrs.GetValueOrDefault(attribute, [])))
                yield return $"attribute {attribute}";
        }

        if (one.Type == TreeEntryType.File && OfContent(one.Content, other.Content) is { } content)
            yield return content;
    }

    private static string? OfContent(TreeContent one, TreeContent other)
    {
        if (one.Length != other.Length)
            return string.Create(CultureInfo.InvariantCulture, $"{one.Length} against {other.Length} bytes");
        using Stream ours = one.Open();
        using Stream theirs = other.Open();
        byte[] first = new byte[PieceSize];
        byte[] second = new byte[PieceSize];
        for (long offset = 0; offset < one.Length; offset += PieceSize)
        {
            int size = (int)Math.Min(PieceSize, one.Length - offset);
            ours.ReadExactly(first, 0, size);
            theirs.ReadExactly(second, 0, size);
            int same = first.AsSpan(0, size).CommonPrefixLength(second.AsSpan(0, size));
            if (same < size)
                return string.Create(CultureInfo.InvariantCulture, $"its bytes differ, first at {offset + same}");
        }

        return null;
    }

    private static string Octal(int mode) => Convert.ToString(mode, 8).PadLeft(4, '0');
}
