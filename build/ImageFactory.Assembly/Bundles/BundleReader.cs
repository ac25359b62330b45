using System.Security.Cryptography;
using ImageFactory.Assembly.Packages;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images.Extents;
using ImageFactory.Model;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Bundles;

/// <summary>
/// Unpacks a bundle as it comes, once and forward. Nothing of it is used before its digest was found right, nothing is written that its list does not name, and it is taken
/// as a whole or not at all.
/// </summary>
/// <param name="name">How faults name the bundle.</param>
/// <param name="folder">For the recipe's files; exists and is empty.</param>
/// <param name="cache">The store's cache, where packages are kept by digest.</param>
public sealed class BundleReader(string name, DirectoryInfo folder, DirectoryInfo cache)
{
    /// <summary>A list of a hundred thousand files has less.</summary>
    private const long MaxIndex = 32L << 20;

    private readonly Dictionary<ContentDigest, (long Offset, long Length)> contents = [];

    /// <summary>Where in the archive contents lie, which are not unpacked; complete when it was read.</summary>
    public IReadOnlyDictionary<ContentDigest, (long Offset, long Length)> Contents => contents;

    /// <returns>The list; the recipe lies below the folder.</returns>
    /// <exception cref="FactoryException">It is no bundle, or not the one that was written.</exception>
    public async Task<BundleIndex> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        TarStreamReader tar = new(stream, name);
        TarMember first = await FirstAsync(tar, cancellation).ConfigureAwait(false);
        using MemoryStream text = new();
        await ContentAsync(tar, first, piece => text.WriteAsync(piece, cancellation), cancellation).ConfigureAwait(false);
        BundleIndex index = BundleIndex.Parse(text.GetBuffer().AsSpan(0, (int)text.Length), name);

        Dictionary<string, Expected> expected = Expectations(index);
        HashSet<string> seen = new(StringComparer.Ordinal);
        while (await NextAsync(tar, cancellation).ConfigureAwait(false) is { } member)
        {
            if (member.Type == TarFormat.Directory)
                continue;
            if (member.Type != TarFormat.File || !expected.TryGetValue(member.Name, out Expected? wanted))
                throw new FactoryException(BundleFaults.Damaged(name, member.Name, "is not in its list"));
            if (!seen.Add(member.Name))
                throw new FactoryException(BundleFaults.Damaged(name, member.Name, "is there twice"));
            await TakeAsync(tar, member, wanted, cancellation).ConfigureAwait(false);
        }

        if (expected.Keys.FirstOrDefault(k => !seen.Contains(k)) is { } missing)
            throw new FactoryException(BundleFaults.Damaged(name, missing, "is missing"));
        MakeFoldersAndLinks(index);
        return index;
    }

    /// <param name="Target">Null for what stays in the archive.</param>
    private sealed record Expected(string? Target, long Size, ContentDigest Digest, int Mode);

    private Dictionary<string, Expected> Expectations(BundleIndex index)
    {
        string packages = Directory.CreateDirectory(Path.Combine(cache.FullName, PackageCache.FolderName)).FullName;
        Dictionary<string, Expected> expected = new(StringComparer.Ordinal);
        foreach (BundledFile file in index.Files.Where(f => f.Sha256 is not null))
            expected[$"{BundleIndex.FilesFolder}/{file.Path}"] = new Expected(Path.Combine(folder.FullName, file.Path), file.Size!.Value, BundledContent.DigestOf(file.Sha256!.Value), file.Mode!.Value);
        foreach (BundledPackage package in index.Packages)
            expected[$"{BundleIndex.PackagesFolder}/{package.FileName}"] = new Expected(Path.Combine(packages, package.FileName), package.Size, BundledContent.DigestOf(package.Sha256), UnixMode.Plain);
        foreach (BundledContent content in index.Content)
            expected[$"{BundleIndex.ContentFolder}/{content.FileName}"] = new Expected(null, content.Size, ContentDigest.Parse(content.Digest), 0);
        return expected;
    }

    /// <summary>An archive of somebody else is told apart from a damaged bundle.</summary>
    private async Task<TarMember> FirstAsync(TarStreamReader tar, CancellationToken cancellation)
    {
        try
        {
            TarMember? member = await tar.NextAsync(cancellation).ConfigureAwait(false);
            while (member is { Type: TarFormat.Directory })
                member = await tar.NextAsync(cancellation).ConfigureAwait(false);
            return member is { Type: TarFormat.File, Name: BundleIndex.FileName, Size: <= MaxIndex }
                ? member
                : throw new FactoryException(BundleFaults.Foreign(name, $"it does not begin with {BundleIndex.FileName}"));
        }
        catch (FactoryException e) when (e.Faults[0].Code != "IFA426")
        {
            throw new FactoryException(BundleFaults.Foreign(name, e.Faults[0].Message), e);
        }
    }

    private async Task<TarMember?> NextAsync(TarStreamReader tar, CancellationToken cancellation)
    {
        try
        {
            return await tar.NextAsync(cancellation).ConfigureAwait(false);
        }
        catch (FactoryException e)
        {
            throw new FactoryException(BundleFaults.Damaged(name, "the archive", $"cannot be read: {e.Faults[0].Message}"), e);
        }
    }

    private async Task TakeAsync(TarStreamReader tar, TarMember member, Expected wanted, CancellationToken cancellation)
    {
        if (member.Size != wanted.Size)
            throw new FactoryException(BundleFaults.Damaged(name, member.Name, $"has {member.Size} bytes, not {wanted.Size}"));
        if (wanted.Target is null)
        {
            await CheckAsync(tar, member, wanted.Digest, _ => ValueTask.CompletedTask, cancellation).ConfigureAwait(false);
            contents[wanted.Digest] = (member.Offset, member.Size);
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(wanted.Target)!);
        string aside = $"{wanted.Target}.{Path.GetRandomFileName()}";
        try
        {
            await using (FileStream file = new(aside, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 0))
            {
                SparseWriter writer = new(file);
                await CheckAsync(tar, member, wanted.Digest, piece => writer.WriteAsync(piece, cancellation), cancellation).ConfigureAwait(false);
                writer.Finish();
            }

            File.SetUnixFileMode(aside, (UnixFileMode)wanted.Mode);
            File.Move(aside, wanted.Target, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    private async Task CheckAsync(TarStreamReader tar, TarMember member, ContentDigest wanted, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellation)
    {
        using IncrementalHash hash = wanted.CreateHash();
        await ContentAsync(
            tar,
            member,
            piece =>
            {
                hash.AppendData(piece.Span);
                return take(piece);
            },
            cancellation).ConfigureAwait(false);
        byte[] found = hash.GetHashAndReset();
        if (!wanted.Is(found))
            throw new FactoryException(BundleFaults.Damaged(name, member.Name, $"has the {wanted.Algorithm} {Convert.ToHexStringLower(found)}, not {wanted.Encoded}"));
    }

    private async Task ContentAsync(TarStreamReader tar, TarMember member, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellation)
    {
        try
        {
            await tar.ReadContentAsync(take, cancellation).ConfigureAwait(false);
        }
        catch (FactoryException e)
        {
            throw new FactoryException(BundleFaults.Damaged(name, member.Name, "ends early"), e);
        }
    }

    /// <summary>Links last: nothing may be written through one. Folders get their modes when all is in them, the deepest first.</summary>
    private void MakeFoldersAndLinks(BundleIndex index)
    {
        foreach (BundledFile made in index.Files.Where(f => f.IsFolder))
            Directory.CreateDirectory(Path.Combine(folder.FullName, made.Path));
        foreach (BundledFile link in index.Files.Where(f => f.Link is not null))
        {
            string path = Path.Combine(folder.FullName, link.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.CreateSymbolicLink(path, link.Link!);
        }

        foreach (BundledFile made in index.Files.Where(f => f.IsFolder).Reverse())
            File.SetUnixFileMode(Path.Combine(folder.FullName, made.Path), (UnixFileMode)made.Mode!.Value);
    }
}
