using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing;

/// <summary>One kind of destination. Nothing of a provider's packages is touched before <see cref="Create"/>: loading them costs start-up time.</summary>
public interface IPublisherKind
{
    /// <summary>The word after <c>kind:</c>.</summary>
    string Name { get; }

    bool Handles(Destination destination);

    /// <summary>Makes the publisher; asks nothing of the network. What is wrong with the destination is told by its check.</summary>
    IPublisher Create(DestinationSetting setting);
}
