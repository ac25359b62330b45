using ImageFactory.Assembly.SystemSetup.Options;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Bases;

/// <summary>One kind of base.</summary>
internal interface IBaseKind
{
    bool Handles(BaseSource source);

    /// <summary>The same base with what an option asks of packages and initrd.</summary>
    /// <exception cref="FactoryException">IFA336: this base cannot have it.</exception>
    BaseSource Extend(Recipe recipe, SystemOption option);

    /// <exception cref="FactoryException">The recipe asks for what this kind of base cannot do, or an input of it is wrong.</exception>
    Task<BaseContribution> ContributeAsync(Recipe recipe, BaseSurroundings surroundings, CancellationToken cancellation);
}
