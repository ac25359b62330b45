using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Disk;

/// <summary>
/// Merges base, overlay trees, payload, agent policy and system settings into the root file system, without unpacking it:
/// the tree is edited in memory and written as one tar (<see cref="AssembledRoot"/>).
/// </summary>
/// <param name="epoch">No time stamp in the tree is later.</param>
internal sealed class AssembleRootStage(StageFile baseTar, IBaseTreeRules baseRules, IReadOnlyList<ITreeLayer> layers, long epoch) : IStage
{
    private const string Revision = "4";

    public const string StageName = "assemble-root";
    public const string OsReleaseFile = "os-release";
    public const string FactsFile = "root.json";

    public string Name => StageName;

    public IReadOnlyList<string> After => [.. baseRules.After.Append(baseTar.Stage).Concat(layers.SelectMany(l => l.After)).Distinct()];

    public void Describe(StageKey key)
    {
        key.Add("revision", Revision).Add("epoch", epoch);
        baseRules.Describe(key);
        foreach (ITreeLayer layer in layers)
        {
            key.Add("layer", layer.Name);
            layer.Describe(key);
        }
    }

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        FileTree tree = TarTreeReader.Read(baseTar.In(scope), "the base's root file system", TarReadRules.Base, cancellation).Tree;
        await baseRules.ApplyAsync(tree, scope, cancellation).ConfigureAwait(false);

        List<Fault> faults = [];
        foreach (ITreeLayer layer in layers)
            faults.AddRange(await layer.ApplyAsync(tree, scope, cancellation).ConfigureAwait(false));
        foreach (Fault warning in faults.Where(f => f.Severity == Severity.Warning))
            scope.Log.Warn(warning);
        FactoryException.ThrowIfAny(faults);

        await new AssembledRoot(baseTar).WriteAsync(tree, scope, epoch, cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(OsReleaseFile), tree.ReadText("/etc/os-release") ?? "ID=linux\n", cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(FactsFile), CanonicalJson.Write(RootTreeFacts.Of(tree)), cancellation).ConfigureAwait(false);
    }
}
