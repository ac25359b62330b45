using ImageFactory.Assembly.Payload;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Disk;

/// <summary>Merges one payload, or one of our own overlay trees, on top of the root tree.</summary>
/// <param name="name">How it is called in keys and the manifest.</param>
/// <param name="digest">Of its content, taken when the build was put together.</param>
/// <param name="place">Where the recipe names it.</param>
/// <param name="fetchedBy">The stage that has fetched it, for one that does not lie on this machine.</param>
internal sealed class PayloadLayer(string name, PayloadSource source, Sha256 digest, string place, string? fetchedBy = null) : ITreeLayer
{
    public string Name => name;

    public IReadOnlyList<string> After => fetchedBy is null ? [] : [fetchedBy];

    public void Describe(StageKey key)
    {
        // Of what was fetched, the input has the digest.
        if (fetchedBy is null)
            key.Add(name, digest);
        Payloads.Describe(source, fetchedBy is null ? digest : null, key);
    }

    public async Task<IReadOnlyList<Fault>> ApplyAsync(FileTree tree, StageScope scope, CancellationToken cancellation)
    {
        TarTree layer;
        try
        {
            layer = await Payloads.ReadAsync(source, scope.Work, fetchedBy is null ? null : scope.Inputs[fetchedBy], cancellation).ConfigureAwait(false);
        }
        catch (FactoryException e)
        {
            return Placed(e.Faults);
        }

        IReadOnlyList<Fault> conflicts = tree.Merge(layer.Tree);
        return Placed([.. layer.Warnings, .. conflicts, .. UnitPresets.Enable(tree, layer.Tree)]);
    }

    private Fault[] Placed(IReadOnlyList<Fault> faults) => [.. faults.Select(f => f.Where is null ? f.At(place) : f)];
}
