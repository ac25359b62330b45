using ImageFactory.Assembly.Bases.Bootc;
using ImageFactory.Assembly.Bases.Debian;
using ImageFactory.Assembly.Bases.Oci;
using ImageFactory.Assembly.Bases.Qcow2;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Bases;

/// <summary>Every kind of base; a new one is one folder and one entry here.</summary>
internal static class BaseKinds
{
    private static readonly IBaseKind[] Kinds = [new DebianBaseKind(), new QcowBaseKind(), new OciBaseKind(), new BootcBaseKind()];

    /// <exception cref="FactoryException">The recipe asks for what its base cannot do, or an input of it is wrong.</exception>
    public static Task<BaseContribution> ContributeAsync(Recipe recipe, BaseSurroundings surroundings, CancellationToken cancellation) =>
        KindOf(recipe.Base).ContributeAsync(recipe, surroundings, cancellation);

    private static IBaseKind KindOf(BaseSource source) =>
        Kinds.FirstOrDefault(k => k.Handles(source)) ?? throw new InvalidOperationException($"no base kind handles {source.GetType().Name}");
}
