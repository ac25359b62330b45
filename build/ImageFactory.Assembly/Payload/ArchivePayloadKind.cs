using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Payload;

internal sealed class ArchivePayloadKind : IPayloadKind
{
    public bool Handles(PayloadSource source) => source is ArchivePayload;

    public string Name(PayloadSource source) => ((ArchivePayload)source).Path.Text;

    public void Describe(PayloadSource source, StageKey key)
    {
        ArchivePayload archive = (ArchivePayload)source;
        key.Add("kind", "archive").Add("inside", archive.Inside ?? "").Add("devices", archive.Devices ? 1 : 0);
    }

    public async Task<Sha256> DigestAsync(PayloadSource source, CancellationToken cancellation)
    {
        ArchivePayload archive = (ArchivePayload)source;
        Sha256 found = await FileDigestAsync(archive.Path, cancellation).ConfigureAwait(false);
        if (archive.Sha256 is { } wanted && !found.Hex.Equals(wanted, StringComparison.OrdinalIgnoreCase))
            throw new FactoryException(PayloadFaults.DigestDiffers(archive.Path.Text, wanted, found.Hex));
        return found;
    }

    public async Task<TarTree> ReadAsync(PayloadSource source, string into, DirectoryInfo work, DirectoryInfo? fetched, CancellationToken cancellation)
    {
        ArchivePayload archive = (ArchivePayload)source;
        string name = archive.Path.Text;
        if (!TreePath.TryNormalise(archive.Inside ?? "/", out string? inside, out string? problem))
            throw new FactoryException(PayloadFaults.BadFolder(name, "inside", archive.Inside!, problem));

        // Also refuses an archive that is not the one that the recipe names, before anything of it is unpacked.
        Sha256 digest = await DigestAsync(source, cancellation).ConfigureAwait(false);
        string tar = await ArchiveSpool.OpenAsync(archive.Path, Path.Combine(work.FullName, $"payload-{digest.Hex}.tar"), cancellation).ConfigureAwait(false);
        TarReadRules rules = TarReadRules.ForPayload(archive.Owner, into) with { Inside = inside, Devices = archive.Devices };
        TarTree layer = TarTreeReader.Read(tar, name, rules, cancellation);
        if (layer.Tree.Count == 0 && inside != "/")
            throw new FactoryException(PayloadFaults.NothingInside(name, inside, NearestName.Of(inside, AllNames(tar))));
        return layer;
    }

    private static async Task<Sha256> FileDigestAsync(SourcePath path, CancellationToken cancellation)
    {
        try
        {
            return await Sha256.OfFileAsync(path.FullPath, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(PayloadFaults.ArchiveMissing(path.Text, e.Message), e);
        }
    }

    private static List<string> AllNames(string tar)
    {
        using TarMemberReader members = new(tar, tar);
        return [.. members.Members().Select(m => TreePath.TryNormalise(m.Name, out string? name, out _) ? name : "/").Distinct(StringComparer.Ordinal)];
    }
}
