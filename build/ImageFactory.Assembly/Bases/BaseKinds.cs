using ImageFactory.Assembly.Bases.Bootc;
using ImageFactory.Assembly.Bases.Debian;
using ImageFactory.Assembly.Bases.Oci;
using ImageFactory.Assembly.Bases.Qcow2;
using ImageFactory.Assembly.SystemSetup.Options;
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

    /// <summary>The recipe with what its options ask of kernel arguments, packages and initrd.</summary>
    /// <exception cref="FactoryException">IFA336 for each option that the base cannot have.</exception>
    public static Recipe Extend(Recipe recipe, IReadOnlyList<SystemOption> options, RecipeOrigins origins)
    {
        List<Fault> faults = [];
        foreach (SystemOption option in options)
        {
            try
            {
                recipe = recipe with
                {
                    Base = KindOf(recipe.Base).Extend(recipe, option),
                    System = recipe.System with { KernelArguments = [.. recipe.System.KernelArguments.Union(option.Facts.KernelArguments)] },
                };
            }
            catch (FactoryException e)
            {
                faults.AddRange(e.Faults.Select(f => f.Where is null ? f.At(origins.Of(option.Key)) : f));
            }
        }

        FactoryException.ThrowIfAny(faults);
        return recipe;
    }

    private static IBaseKind KindOf(BaseSource source) =>
        Kinds.FirstOrDefault(k => k.Handles(source)) ?? throw new InvalidOperationException($"no base kind handles {source.GetType().Name}");
}
