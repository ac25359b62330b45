using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;

namespace ImageFactory.Assembly.Containers;

/// <summary>
/// Takes one file out of an image while its layers stream by: from the top layer down, until one has it or takes it away. Nothing else is
/// written, and memory does not grow with the image. Links are followed, inside the image.
/// </summary>
internal sealed class ImageFileExtractor(RegistryClient client, ResolvedImage image, long mostBytes, Action<long, long>? progress)
{
    private const int MaxLinks = 10;
    private const int MaxEntries = 1_000_000;
    private const int MaxCandidates = 10;

    private readonly SortedSet<string> candidates = new(StringComparer.Ordinal);

    /// <returns>Digest of the file.</returns>
    /// <exception cref="FactoryException">IFO4xx, IFO7xx, or IFA1xx for a malformed layer.</exception>
    public async Task<Sha256> ExtractAsync(string path, string target, CancellationToken cancellation)
    {
        string wanted = path;
        int top = image.Manifest.Layers.Count - 1;
        for (int links = 0; links <= MaxLinks; links++)
        {
            Finding? found = await SearchAsync(wanted, top, target, cancellation).ConfigureAwait(false);
            switch (found)
            {
                case { Content: { } digest }:
                    return digest;
                case { LeadsTo: { } next } link:
                    wanted = next;
                    top = link.Layer ?? image.Manifest.Layers.Count - 1;
                    break;
                default:
                    throw new FactoryException(ContainerFaults.NothingThere(image.Reference.ToString(), path, candidates));
            }
        }

        throw new FactoryException(ContainerFaults.TooManyLinks(image.Reference.ToString(), path));
    }

    private async Task<Finding?> SearchAsync(string wanted, int top, string target, CancellationToken cancellation)
    {
        HashSet<string> folders = [];
        for (int i = top; i >= 0; i--)
        {
            Descriptor layer = image.Manifest.Layers[i];
            string name = $"{image.Reference.Name}@{layer.Digest}";
            if (!MediaTypes.IsLayer(layer.MediaType))
                throw new FactoryException(ContainerFaults.NotALayer(name, layer.MediaType));
            int number = i;
            await using OpenLayer open = await OpenLayer.OpenAsync(client, image, layer, done => progress?.Invoke(done, layer.Size), cancellation).ConfigureAwait(false);
            Finding? found = await open.ReadAsync(content => ScanAsync(new TarStreamReader(content, name), name, number, wanted, folders, target, cancellation), cancellation).ConfigureAwait(false);
            if (found is not null)
                return found;
        }

        return null;
    }

    /// <returns>What the layer says of the path; null when it says nothing.</returns>
    private async Task<Finding?> ScanAsync(
        TarStreamReader tar, string name, int layer, string wanted, HashSet<string> folders, string target, CancellationToken cancellation)
    {
        Finding? found = null;
        bool hidden = false;
        int entries = 0;
        List<string> own = [];
        while (await tar.NextAsync(cancellation).ConfigureAwait(false) is { } member)
        {
            if (++entries > MaxEntries)
                throw new FactoryException(ContainerFaults.TooManyEntries(name, member.Name, MaxEntries));
            if (!TreePath.TryNormalise(member.Name, out string? path, out string? problem))
                throw new FactoryException(TarFaults.BadName(name, member.Name, problem));
            if (Whiteout.IsMark(path))
            {
                hidden |= Whiteout.Of(path)?.Hides(wanted) == true;
                continue;
            }

            if (DiskNames.IsDisk(path) && candidates.Count < MaxCandidates)
                candidates.Add(path);
            if (path == wanted)
            {
                found = await TakeAsync(tar, member, name, layer, target, cancellation).ConfigureAwait(false);
            }
            else if (TreePath.IsWithin(wanted, path))
            {
                // A layer above may have put a folder in the place of a link.
                if (member.Type == TarFormat.Directory)
                    own.Add(path);
                else if (!folders.Contains(path))
                    found = member.Type == TarFormat.SymbolicLink ? new Finding(null, TreePath.Join(Follow(path, member.LinkName), wanted[path.Length..]), null) : Finding.Nothing;
            }
        }

        folders.UnionWith(own);
        return found ?? (hidden ? Finding.Nothing : null);
    }

    private async Task<Finding> TakeAsync(TarStreamReader tar, TarMember member, string name, int layer, string target, CancellationToken cancellation)
    {
        switch (member.Type)
        {
            case TarFormat.File or TarFormat.OldFile or TarFormat.ContiguousFile:
                if (member.Size > mostBytes)
                    throw new FactoryException(ContainerFaults.TooLarge(name, member.Name, member.Size, mostBytes));
                await using (SparseFile file = new(target, name, mostBytes))
                {
                    await tar.ReadContentAsync(piece => file.WriteAsync(piece, cancellation), cancellation).ConfigureAwait(false);
                    return new Finding(await file.FinishAsync().ConfigureAwait(false), null, null);
                }

            case TarFormat.SymbolicLink:
                return new Finding(null, Follow(TreePath.TryNormalise(member.Name, out string? path, out _) ? path : "/", member.LinkName), null);
            case TarFormat.HardLink when TreePath.TryNormalise(member.LinkName, out string? linked, out _):
                // What a hard link names is in the same layer.
                return new Finding(null, linked, layer);
            case TarFormat.HardLink:
                throw new FactoryException(TarFaults.BadLink(name, member.Name, member.LinkName, "that is outside of the image"));
            default:
                throw new FactoryException(ContainerFaults.NotAFile(image.Reference.ToString(), member.Name, member.Type == TarFormat.Directory ? "a folder" : "a device or something of that kind"));
        }
    }

    /// <summary>Where a link leads, evaluated inside the image: <c>..</c> at its root stays there.</summary>
    private static string Follow(string link, string text)
    {
        List<string> names = text.StartsWith('/') ? [] : [.. TreePath.Names(TreePath.Folder(link))];
        foreach (string name in TreePath.Names(text))
        {
            if (name != "..")
                names.Add(name);
            else if (names.Count > 0)
                names.RemoveAt(names.Count - 1);
        }

        return "/" + string.Join('/', names);
    }

    /// <param name="Content">The file was written; its digest.</param>
    /// <param name="LeadsTo">It is a link to this path.</param>
    /// <param name="Layer">The path is meant in this layer.</param>
    private sealed record Finding(Sha256? Content, string? LeadsTo, int? Layer)
    {
        /// <summary>It was taken away; lower layers do not count.</summary>
        public static readonly Finding Nothing = new(null, null, null);
    }
}
