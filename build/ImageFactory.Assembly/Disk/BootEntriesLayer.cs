using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Disk;

/// <summary>The recipe's kernel arguments on a disk that keeps its boot loader.</summary>
internal sealed class BootEntriesLayer(Recipe recipe, RecipeOrigins origins) : ITreeLayer
{
    private const string Revision = "1";

    public string Name => "boot-entries";

    public void Describe(StageKey key) => key.Add("boot-entries", Revision).Add("arguments", recipe.System.KernelArguments);

    public Task<IReadOnlyList<Fault>> ApplyAsync(FileTree tree, StageScope scope, CancellationToken cancellation)
    {
        IReadOnlyList<Fault> faults = recipe.Architecture == Architecture.S390x && recipe.System.KernelArguments.Count > 0
            ? [GuestFaults.LoaderOfZ()]
            : BootEntries.Append(tree, recipe.System.KernelArguments);
        return Task.FromResult<IReadOnlyList<Fault>>([.. faults.Select(f => f.At(origins.Of("system.kernelArguments")))]);
    }
}
