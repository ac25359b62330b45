using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Payload;

/// <summary>Files out of a container image, or the files of an artifact; archives among them are unpacked.</summary>
internal sealed class OciPayloadKind : IPayloadKind
{
    public bool Handles(PayloadSource source) => source is OciPayload;

    public string Name(PayloadSource source) => ((OciPayload)source).Image;

    public void Describe(PayloadSource source, StageKey key) => key.Add("kind", "oci").Add("devices", ((OciPayload)source).Devices ? 1 : 0);

    /// <summary>Of what is asked for; what it stands for is in the output of the stages.</summary>
    public Task<Sha256> DigestAsync(PayloadSource source, CancellationToken cancellation)
    {
        OciPayload payload = (OciPayload)source;
        return Task.FromResult(Sha256.Of(string.Join('\n', [payload.Image, .. payload.Paths])));
    }

    public PayloadStages StagesOf(PayloadSource source, string what, Recipe recipe, BaseSurroundings surroundings)
    {
        OciPayload payload = (OciPayload)source;
        ImageReference image = ImageReference.Parse(payload.Image);
        ResolveImageStage resolve = new(what, image, recipe.Architecture, surroundings.Registry, surroundings.AskAgain, surroundings.LockedDigestOf(image));
        FetchPayloadStage fetch = new(what, payload.Paths, recipe.Architecture, surroundings.Registry, recipe.SourceDateEpoch);
        return new PayloadStages([resolve, fetch], fetch.Name);
    }

    public async Task<TarTree> ReadAsync(PayloadSource source, string into, DirectoryInfo work, DirectoryInfo? fetched, CancellationToken cancellation)
    {
        OciPayload payload = (OciPayload)source;
        TarReadRules rules = TarReadRules.ForPayload(payload.Owner, into) with { Devices = payload.Devices };
        FileTree tree = new();
        List<Fault> faults = [];
        foreach ((string path, bool isArchive) in FetchPayloadStage.FilesIn(fetched!))
        {
            string tar = isArchive
                ? await ArchiveSpool.OpenAsync(new SourcePath(payload.Image, path), Path.Combine(work.FullName, $"{Sha256.Of(path)}.tar"), cancellation).ConfigureAwait(false)
                : path;
            TarTree layer = TarTreeReader.Read(tar, payload.Image, rules, cancellation);
            faults.AddRange(layer.Warnings);
            faults.AddRange(tree.Merge(layer.Tree));
        }

        FactoryException.ThrowIfAny(faults);
        return new TarTree(tree, faults);
    }
}
