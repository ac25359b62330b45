using System.Globalization;
using ImageFactory.Assembly.Payload;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Containers;

/// <summary>
/// Takes paths out of an image. Output, in the order of the paths: <c>000.archive</c> where a path is an archive, as it is, and
/// <c>000.tar</c> for any other file, a folder, or the whole file system.
/// </summary>
/// <param name="paths">Absolute; none means the whole image. Of an artifact: titles of its files.</param>
/// <param name="epoch">No time stamp is later.</param>
internal sealed class FetchPayloadStage(string what, IReadOnlyList<string> paths, Architecture architecture, RegistryAccess registry, long epoch) : IStage
{
    private const string Revision = "1";
    private const string ArchiveEnding = ".archive";
    private const string TreeEnding = ".tar";

    public string Name => ImageStages.Fetch(what);

    public IReadOnlyList<string> After => [ImageStages.Resolve(what)];

    public void Describe(StageKey key) => key.Add("revision", Revision).Add("paths", paths).Add("epoch", epoch);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        ImageReference pinned = PinnedImage.ReferenceFrom(scope, ImageStages.Resolve(what));
        using RegistryClient client = registry.OpenFor(pinned, scope);
        ResolvedImage image = await client.ResolveAsync(pinned, architecture, cancellation).ConfigureAwait(false);
        if (image.Manifest.IsArtifact)
            await FromArtifactAsync(client, image, scope, cancellation).ConfigureAwait(false);
        else
            await FromImageAsync(client, image, scope, cancellation).ConfigureAwait(false);
    }

    /// <summary>The files that a run has left, in the order of the paths; true for an archive.</summary>
    public static IEnumerable<(string Path, bool IsArchive)> FilesIn(DirectoryInfo output) => output.GetFiles()
        .Select(f => f.FullName)
        .Order(StringComparer.Ordinal)
        .Select(f => (f, f.EndsWith(ArchiveEnding, StringComparison.Ordinal)));

    private async Task FromImageAsync(RegistryClient client, ResolvedImage image, StageScope scope, CancellationToken cancellation)
    {
        IReadOnlyList<string> wanted = paths.Count == 0 ? ["/"] : [.. paths.Select(p => TreePath.Join("/", p))];
        FileTree tree = await new ImageTree(client, image, scope.Work, (done, total) => scope.Log.Progress(done, total, "bytes")).ReadAsync(wanted, cancellation).ConfigureAwait(false);
        List<Fault> faults = [];
        foreach ((int number, string path) in wanted.Index())
        {
            if (tree.Resolve(path) is not { } real)
                faults.Add(ContainerFaults.NothingThere(image.Reference.ToString(), path, NearestName.Of(path, tree.Walk().Select(i => i.Path)) is { } near ? [near] : []));
            else
                await WriteAsync(tree, path, real, Target(scope, number), cancellation).ConfigureAwait(false);
        }

        FactoryException.ThrowIfAny(faults);
    }

    private async Task WriteAsync(FileTree tree, string path, string real, string target, CancellationToken cancellation)
    {
        if (tree.Find(real) is { Type: TreeEntryType.File, Content: { } content } && await IsArchiveAsync(content, cancellation).ConfigureAwait(false))
        {
            await using Stream archive = content.Open();
            await using FileStream copy = File.Create(target + ArchiveEnding);
            await archive.CopyToAsync(copy, 1 << 20, cancellation).ConfigureAwait(false);
            return;
        }

        FileTree part = path == "/" ? tree : Below(tree, path, real);
        await using FileStream file = File.Create(target + TreeEnding, 1);
        TarTreeWriter.Write(part, file, epoch, cancellation);
    }

    /// <summary>What is at a path, under the name that was asked for, whatever links led there.</summary>
    private static FileTree Below(FileTree tree, string path, string real)
    {
        FileTree part = new();
        part.Put(path, tree.FindSelf(real)!);
        foreach (TreeItem item in tree.Walk(real).Where(i => i.Path != real))
            part.Put(TreePath.Join(path, item.Path[real.Length..]), item.Entry);
        return part;
    }

    private static async Task<bool> IsArchiveAsync(TreeContent content, CancellationToken cancellation)
    {
        await using Stream stream = content.Open();
        byte[] head = new byte[Compression.HeadLength];
        int length = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        return length > 0 && (Compression.Of(head.AsSpan(0, length)) is not null || ArchiveSpool.IsTar(head.AsSpan(0, length)));
    }

    private async Task FromArtifactAsync(RegistryClient client, ResolvedImage image, StageScope scope, CancellationToken cancellation)
    {
        List<Descriptor> blobs = [];
        List<Fault> faults = [];
        foreach (string title in paths.Count == 0 ? image.Manifest.Layers.Select(l => l.Title ?? "") : paths.Select(p => p.TrimStart('/')))
        {
            if (image.Manifest.Layers.FirstOrDefault(l => (l.Title ?? "") == title) is { } blob)
                blobs.Add(blob);
            else
                faults.Add(ContainerFaults.NothingThere(image.Reference.ToString(), title, image.Manifest.Layers.Select(l => l.Title ?? "one without a name")));
        }

        FactoryException.ThrowIfAny(faults);
        foreach ((int number, Descriptor blob) in blobs.Index())
        {
            await using BlobStream stream = client.OpenBlob(image, blob, done => scope.Log.Progress(done, blob.Size, "bytes"));
            await using FileStream file = File.Create(Target(scope, number) + ArchiveEnding);
            await stream.CopyToAsync(file, 1 << 18, cancellation).ConfigureAwait(false);
            await stream.FinishAsync(cancellation).ConfigureAwait(false);
        }
    }

    private static string Target(StageScope scope, int number) => scope.OutputFile(number.ToString("000", CultureInfo.InvariantCulture));
}
