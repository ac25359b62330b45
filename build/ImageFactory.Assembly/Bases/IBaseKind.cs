using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Bases;

/// <summary>One kind of base.</summary>
internal interface IBaseKind
{
    bool Handles(BaseSource source);

    /// <exception cref="FactoryException">The recipe asks for what this kind of base cannot do, or an input of it is wrong.</exception>
    Task<BaseContribution> ContributeAsync(Recipe recipe, BaseSurroundings surroundings, CancellationToken cancellation);
}
