using ImageFactory.Assembly.Payload;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;

namespace ImageFactory.Assembly.Containers;

/// <summary>
/// Takes the disk out of an artifact, as ORAS pushes them: a blob that is the disk, compressed or not, or an archive with one disk in it
/// (cloud-api-adaptor publishes <c>podvm.tar.xz</c>).
/// </summary>
internal sealed class ArtifactDisk(RegistryClient client, ResolvedImage image, long mostBytes, Action<long, long>? progress)
{
    private string Shown => image.Reference.ToString();

    /// <param name="path">Title of the blob, with or without a slash before it; null when there is but one, or but one with the name of a disk.</param>
    /// <returns>Digest of the disk.</returns>
    /// <exception cref="FactoryException">IFO4xx, IFO7xx, or IFA1xx for a malformed archive.</exception>
    public async Task<Sha256> ExtractAsync(string? path, string target, CancellationToken cancellation)
    {
        Descriptor blob = Choose(path?.TrimStart('/'));
        await using OpenLayer open = await OpenLayer.OpenAsync(client, image, blob, done => progress?.Invoke(done, blob.Size), cancellation).ConfigureAwait(false);
        return await open.ReadAsync(
            async content =>
            {
                HeadedStream headed = await OpenLayer.PeekAsync(content, cancellation).ConfigureAwait(false);
                return ArchiveSpool.IsTar(headed.Head.Span)
                    ? await FromArchiveAsync(new TarStreamReader(headed, open.Name), open.Name, blob.Title ?? "the archive", target, cancellation).ConfigureAwait(false)
                    : await CopyAsync(headed, open.Name, target, cancellation).ConfigureAwait(false);
            },
            cancellation).ConfigureAwait(false);
    }

    private Descriptor Choose(string? title)
    {
        IReadOnlyList<Descriptor> blobs = image.Manifest.Layers;
        if (title is null)
        {
            // Measurements and the like lie beside the disk in what we publish ourselves.
            Descriptor[] disks = blobs.Count == 1 ? [blobs[0]] : [.. blobs.Where(b => b.Title is { } name && DiskNames.MayHoldDisk(name))];
            return disks.Length == 1 ? disks[0] : throw new FactoryException(ContainerFaults.WhichFile(Shown, blobs.Select(b => b.Title)));
        }

        return blobs.FirstOrDefault(b => b.Title == title) ?? throw new FactoryException(ContainerFaults.NothingThere(Shown, title, blobs.Select(b => b.Title ?? "one without a name")));
    }

    private async Task<Sha256> FromArchiveAsync(TarStreamReader tar, string name, string title, string target, CancellationToken cancellation)
    {
        string? disk = null;
        Sha256 digest = default;
        while (await tar.NextAsync(cancellation).ConfigureAwait(false) is { } member)
        {
            if (!TreePath.TryNormalise(member.Name, out string? path, out string? problem))
                throw new FactoryException(TarFaults.BadName(name, member.Name, problem));
            if (!DiskNames.IsDisk(path) || member.Type is not (TarFormat.File or TarFormat.OldFile or TarFormat.ContiguousFile))
                continue;
            if (disk is not null)
                throw new FactoryException(ContainerFaults.WhichDisk(name, disk, path));
            if (member.Size > mostBytes)
                throw new FactoryException(ContainerFaults.TooLarge(name, path, member.Size, mostBytes));
            disk = path;
            await using SparseFile file = new(target, name, mostBytes);
            await tar.ReadContentAsync(piece => file.WriteAsync(piece, cancellation), cancellation).ConfigureAwait(false);
            digest = await file.FinishAsync().ConfigureAwait(false);
        }

        return disk is null ? throw new FactoryException(ContainerFaults.NothingThere(Shown, $"*.qcow2 in {title}", [])) : digest;
    }

    private async Task<Sha256> CopyAsync(Stream content, string name, string target, CancellationToken cancellation)
    {
        await using SparseFile file = new(target, name, mostBytes);
        byte[] buffer = new byte[256 << 10];
        while (await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) is > 0 and int read)
            await file.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
        return await file.FinishAsync().ConfigureAwait(false);
    }
}
