using System.Globalization;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;

namespace ImageFactory.Assembly.Containers;

/// <summary>The part of an image's file system that some paths need, all layers laid over each other.</summary>
/// <param name="work">For what of the layers is copied; stays as long as the tree is used.</param>
internal sealed class ImageTree(RegistryClient client, ResolvedImage image, DirectoryInfo work, Action<long, long>? progress)
{
    private const int MaxRounds = 10;
    private static readonly TarReadRules Rules = TarReadRules.Base;

    /// <summary>
    /// The tree. Links that lead elsewhere in the image are followed by another look at its layers, so that in the end each wanted path is there
    /// if the image has it.
    /// </summary>
    /// <exception cref="FactoryException">IFO4xx, IFO7xx, or IFA1xx for a malformed layer.</exception>
    public async Task<FileTree> ReadAsync(IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        HashSet<string> wanted = [.. paths];
        for (int round = 0; ; round++)
        {
            HashSet<string> more = [];
            FileTree tree = await ReadOnceAsync(wanted, round, more, cancellation).ConfigureAwait(false);
            foreach (string path in paths)
            {
                if (LinkTarget(tree, path) is { } target)
                    more.Add(target);
            }

            more.RemoveWhere(m => wanted.Any(w => TreePath.IsWithin(m, w)));
            if (more.Count == 0)
                return tree;
            if (round == MaxRounds)
                throw new FactoryException(ContainerFaults.TooManyLinks(image.Reference.ToString(), more.First()));
            wanted.UnionWith(more);
        }
    }

    private async Task<FileTree> ReadOnceAsync(HashSet<string> wanted, int round, HashSet<string> more, CancellationToken cancellation)
    {
        FileTree tree = new();
        long total = image.Manifest.Layers.Sum(l => l.Size);
        long before = 0;
        foreach ((int number, Descriptor layer) in image.Manifest.Layers.Index())
        {
            string name = $"{image.Reference.Name}@{layer.Digest}";
            if (!MediaTypes.IsLayer(layer.MediaType))
                throw new FactoryException(ContainerFaults.NotALayer(name, layer.MediaType));
            string copy = Path.Combine(work.FullName, string.Create(CultureInfo.InvariantCulture, $"layer-{round}-{number}.tar"));
            LayerFilter filter = new(wanted);
            long start = before;
            await using (OpenLayer open = await OpenLayer.OpenAsync(client, image, layer, done => progress?.Invoke(start + done, total), cancellation).ConfigureAwait(false))
            {
                await open.ReadAsync(
                    async content =>
                    {
                        await filter.CopyAsync(content, name, copy, cancellation).ConfigureAwait(false);
                        return true;
                    },
                    cancellation).ConfigureAwait(false);
            }

            before += layer.Size;
            more.UnionWith(filter.Missing);

            // A hard link whose target is still missing would be told as a fault; the next round has it.
            if (filter.Missing.Count == 0)
                Lay(tree, TarTreeReader.Read(copy, name, Rules, cancellation).Tree, name);
        }

        return tree;
    }

    /// <summary>What a layer takes away goes first: its marks are about the layers below, not about itself.</summary>
    private static void Lay(FileTree tree, FileTree layer, string name)
    {
        List<TreeItem> items = [.. layer.Walk()];
        foreach (TreeItem item in items.Where(i => Whiteout.IsMark(i.Path)))
        {
            if (Whiteout.Of(item.Path) is { IsOpaque: true } opaque)
                tree.Empty(opaque.Path);
            else if (Whiteout.Of(item.Path) is { } mark)
                tree.Remove(mark.Path);
            layer.Remove(item.Path);
        }

        // A layer replaces what is of another kind below it, other than a payload, which must not.
        foreach (TreeItem item in items.Where(i => !Whiteout.IsMark(i.Path) && i.Path != "/"))
        {
            if (tree.FindSelf(item.Path) is { } below && below.IsDirectory != item.Entry.IsDirectory && !item.Entry.Implied)
                tree.Remove(item.Path);
        }

        try
        {
            FactoryException.ThrowIfAny(tree.Merge(layer));
        }
        catch (FactoryException e)
        {
            throw new FactoryException([.. e.Faults.Select(f => f.Where is null ? f.At(name) : f)], e);
        }
    }

    /// <summary>Where the links on a path lead, when that is not in the tree; null when all of it is there, or no link is on it.</summary>
    private static string? LinkTarget(FileTree tree, string path)
    {
        if (tree.Find(path) is not null)
            return null;
        Stack<string> names = new(TreePath.Names(path).Reverse());
        string at = "/";
        bool followed = false;
        for (int links = 0; names.TryPop(out string? name);)
        {
            if (name == "..")
            {
                at = TreePath.Folder(at);
                continue;
            }

            string next = TreePath.Join(at, name);
            if (tree.FindSelf(next) is { Type: TreeEntryType.SymbolicLink, Target: { } target })
            {
                if (++links > FileTree.MaxLinks)
                    return null;
                followed = true;
                at = target.StartsWith('/') ? "/" : at;
                foreach (string part in TreePath.Names(target).Reverse())
                    names.Push(part);
                continue;
            }

            at = next;
        }

        return followed ? at : null;
    }
}
