using ImageFactory.Assembly.Payload;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Registry.Carrying;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Bundles;

/// <summary>Packs files and packages into one tar archive that depends on nothing but them: sorted, of one time, without owners.</summary>
/// <param name="epoch">Time stamp of everything, seconds since 1970.</param>
public sealed class BundleWriter(string factory, long epoch)
{
    private readonly FileTree files = new();
    private readonly List<Fault> faults = [];
    private readonly List<(BundledPackage Package, string Path)> packages = [];

    private readonly SortedDictionary<string, (BundledContent Content, TreeContent Bytes)> contents = new(StringComparer.Ordinal);
    private readonly HashSet<BundledManifest> images = [];
    private readonly SortedDictionary<string, BundledContainer> containers = new(StringComparer.Ordinal);

    /// <summary>Where the recipe lies to its files is kept; what is above all of them is not.</summary>
    private readonly List<(string Path, string Shown)> sources = [];
    private readonly List<string> empty = [];

    /// <param name="path">A file or a folder, absolute.</param>
    /// <param name="shown">How faults name it.</param>
    public void AddFile(string path, string shown) => sources.Add((path, shown));

    /// <summary>An empty file in the place of one whose content nobody may have.</summary>
    public void AddEmpty(string path) => empty.Add(path);

    /// <param name="path">Where the package is, absolute; its digest was found right.</param>
    public void AddPackage(string name, Sha256 digest, string path) => packages.Add((new BundledPackage(name, new FileInfo(path).Length, digest), path));

    /// <summary>A disk that the build would fetch.</summary>
    /// <param name="path">Where it is, absolute; its digest was found right.</param>
    public void AddContent(Sha256 digest, string path)
    {
        long size = new FileInfo(path).Length;
        Add(BundledContent.DigestOf(digest), size, new FileContent(path, 0, size));
    }

    /// <summary>A container image that only an engine has.</summary>
    /// <param name="archive">Where its archive is, absolute; null when its id is all that is asked for.</param>
    public async Task AddContainerAsync(string name, string id, string? archive, CancellationToken cancellation)
    {
        Sha256? digest = archive is null ? null : await Sha256.OfFileAsync(archive, cancellation).ConfigureAwait(false);
        if (digest is { } found)
            AddContent(found, archive!);
        containers[name] = new BundledContainer(name, id, digest is { } of ? BundledContent.DigestOf(of).ToString() : null);
    }

    /// <summary>An image; what it is made of is read while the bundle is written, and not kept anywhere else.</summary>
    public void AddImage(CollectedImage image)
    {
        foreach (CollectedContent content in image.Contents)
            Add(content.Digest, content.Size, new StreamedContent(content.Open, content.Size));
        images.UnionWith(image.Manifests.Select(m => new BundledManifest(m.Repository, m.Name, m.MediaType, m.Digest.ToString())));
    }

    /// <summary>Writes the bundle.</summary>
    /// <param name="recipe">The recipe's path, among the files.</param>
    /// <returns>The digest of its list, which stands for all of it.</returns>
    /// <exception cref="FactoryException">Files that cannot be carried, all at once.</exception>
    public async Task<Sha256> WriteAsync(string recipe, Stream target, CancellationToken cancellation)
    {
        string root = CommonFolder([.. sources.Select(s => s.Path), .. empty]);
        foreach ((string path, string shown) in sources)
            Take(path, shown, "/" + Relative(root, path), cancellation);
        foreach (string path in empty)
            files.Put("/" + Relative(root, path), TreeEntry.File(TreeContent.Empty, UnixMode.Secret));
        List<BundledFile> listed = [];
        foreach (TreeItem item in files.Walk().Where(i => i.Path != "/"))
        {
            if (await DescribeAsync(item, cancellation).ConfigureAwait(false) is { } file)
                listed.Add(file);
        }

        FactoryException.ThrowIfAny(faults);
        listed.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        BundleIndex index = new()
        {
            Factory = factory,
            Recipe = Relative(root, recipe),
            Files = listed,
            Packages = [.. packages.Select(p => p.Package).OrderBy(p => p.Sha256.Hex, StringComparer.Ordinal)],
        };
        List<BundledManifest> named = [.. images];
        named.Sort(BundleIndex.Compare);
        index = index with { Content = [.. contents.Values.Select(c => c.Content)], Images = named, Containers = [.. containers.Values] };
        byte[] text = index.ToUtf8();
        FileTree whole = new();
        whole.Put("/" + BundleIndex.FileName, TreeEntry.File(new InlineContent(text)));
        foreach (BundledFile file in listed.Where(f => f.Sha256 is not null))
            whole.Put($"/{BundleIndex.FilesFolder}/{file.Path}", TreeEntry.File(files.Find("/" + file.Path)!.Content));
        foreach ((BundledPackage package, string path) in packages)
            whole.Put($"/{BundleIndex.PackagesFolder}/{package.FileName}", TreeEntry.File(new FileContent(path, 0, package.Size)));
        foreach ((BundledContent content, TreeContent bytes) in contents.Values)
            whole.Put($"/{BundleIndex.ContentFolder}/{content.FileName}", TreeEntry.File(bytes));
        await TarTreeWriter.WriteAsync(whole, target, epoch, cancellation).ConfigureAwait(false);
        return Sha256.Of(text);
    }

    private void Add(ContentDigest digest, long size, TreeContent bytes) => contents[digest.ToString()] = (new BundledContent(size, digest.ToString()), bytes);

    private void Take(string path, string shown, string place, CancellationToken cancellation)
    {
        if (!Directory.Exists(path))
        {
            int mode = (int)File.GetUnixFileMode(path) & UnixMode.All;
            files.Put(place, TreeEntry.File(new FileContent(path, 0, new FileInfo(path).Length), mode));
            return;
        }

        faults.AddRange(files.Merge(HostTreeReader.Read(new SourcePath(shown, path), place, PayloadOwner.Root, cancellation).Tree));
    }

    private async Task<BundledFile?> DescribeAsync(TreeItem item, CancellationToken cancellation)
    {
        string path = item.Path[1..];
        string? odd = item.FirstName is not null ? "a second name of a file" : item.Entry.Xattrs.Count > 0 ? "something with extended attributes" : null;
        switch (item.Entry)
        {
            case not null when odd is not null:
                faults.Add(BundleFaults.NotCarried(path, odd));
                return null;
            case { Type: TreeEntryType.File } file:
                await using (Stream content = file.Content.Open())
                    return new BundledFile(path, file.Mode, file.Content.Length, await Sha256.OfAsync(content, cancellation).ConfigureAwait(false));
            case { Type: TreeEntryType.SymbolicLink } link:
                return new BundledFile(path, Link: link.Target);
            case { IsDirectory: true } folder:
                return new BundledFile(path, folder.Mode);
            default:
                faults.Add(BundleFaults.NotCarried(path, "something else"));
                return null;
        }
    }

    /// <summary>The folder that all of them are in.</summary>
    private static string CommonFolder(IReadOnlyList<string> paths)
    {
        string[] common = Path.GetDirectoryName(paths[0])!.Split('/');
        foreach (string path in paths.Skip(1))
        {
            string[] parts = Path.GetDirectoryName(path)!.Split('/');
            common = [.. common.Zip(parts).TakeWhile(p => p.First == p.Second).Select(p => p.First)];
        }

        return common.Length <= 1 ? "/" : string.Join('/', common);
    }

    private static string Relative(string root, string path) => Path.GetRelativePath(root, path);
}
