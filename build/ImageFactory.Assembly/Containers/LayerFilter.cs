using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Containers;

/// <summary>
/// Copies from a layer that streams by what may matter for some paths: the paths themselves, what is below them, the folders and links on the
/// way to them, and marks that take any of it away. Members are copied as they stand; they are understood and checked later.
/// </summary>
/// <param name="wanted">Absolute paths; <c>/</c> is everything.</param>
internal sealed class LayerFilter(IReadOnlyCollection<string> wanted)
{
    private const int MaxEntries = 1_000_000;
    private const long MaxBytes = 32L << 30;

    /// <summary>Targets of hard links that were copied, while the targets were not.</summary>
    public HashSet<string> Missing { get; } = new(StringComparer.Ordinal);

    /// <exception cref="FactoryException">The layer is malformed, leads out of the image, or is too much.</exception>
    public async Task CopyAsync(Stream layer, string name, string target, CancellationToken cancellation)
    {
        TarStreamReader tar = new(layer, name);
        await using FileStream file = new(target, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20, FileOptions.Asynchronous);
        int entries = 0;
        while (await tar.NextAsync(cancellation).ConfigureAwait(false) is { } member)
        {
            if (++entries > MaxEntries)
                throw new FactoryException(ContainerFaults.TooManyEntries(name, member.Name, MaxEntries));
            if (!TreePath.TryNormalise(member.Name, out string? path, out string? problem))
                throw new FactoryException(TarFaults.BadName(name, member.Name, problem));
            if (!IsOfUse(path, member))
                continue;
            if (member.Size > MaxBytes - file.Position)
                throw new FactoryException(TarFaults.TooLarge(name, member.Name, MaxBytes));
            if (member.Type == TarFormat.HardLink && TreePath.TryNormalise(member.LinkName, out string? linked, out _) && !wanted.Any(w => TreePath.IsWithin(linked, w)))
                Missing.Add(linked);
            await WriteAsync(file, tar, member, name, cancellation).ConfigureAwait(false);
        }

        await file.WriteAsync(new byte[2 * TarFormat.Block], cancellation).ConfigureAwait(false);
    }

    private bool IsOfUse(string path, TarMember member)
    {
        if (Whiteout.IsMark(path))
            return Whiteout.Of(path) is { } mark && wanted.Any(w => TreePath.IsWithin(w, mark.Path) || TreePath.IsWithin(mark.Path, w));
        return wanted.Any(w => TreePath.IsWithin(path, w) || (TreePath.IsWithin(w, path) && member.Type is (TarFormat.Directory or TarFormat.SymbolicLink)));
    }

    private static async Task WriteAsync(FileStream file, TarStreamReader tar, TarMember member, string name, CancellationToken cancellation)
    {
        try
        {
            await file.WriteAsync(tar.RawHeaders, cancellation).ConfigureAwait(false);
            await tar.ReadContentAsync(piece => file.WriteAsync(piece, cancellation), cancellation).ConfigureAwait(false);
            await file.WriteAsync(new byte[TarFormat.Padded(member.Size) - member.Size], cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new FactoryException(ContainerFaults.NoSpace(name, e.Message), e);
        }
    }
}
