using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Running;

/// <summary>A destination with its publisher.</summary>
public sealed record PreparedDestination(string Label, DestinationSetting Setting, IPublisher Publisher) : IAsyncDisposable
{
    /// <summary>Makes the publishers of a recipe. Nothing is asked of any service.</summary>
    public static IReadOnlyList<PreparedDestination> Of(Recipe recipe, IReadOnlyList<Destination> destinations, RecipeOrigins origins, PublishSurroundings surroundings)
    {
        List<PreparedDestination> prepared = [];
        for (int i = 0; i < destinations.Count; i++)
        {
            Destination destination = destinations[i];
            IPublisherKind kind = PublisherKinds.Of(destination);
            DestinationSetting setting = new(destination, destination.Owner ?? recipe.Name, origins.Of($"publish[{i}]"), surroundings);
            IPublisher publisher = kind.Create(setting);
            prepared.Add(new PreparedDestination(destination.Label ?? publisher.Place, setting, publisher));
        }

        return prepared;
    }

    /// <summary>What can be said of the destinations together.</summary>
    public static IReadOnlyList<Fault> FaultsOf(IReadOnlyList<PreparedDestination> destinations)
    {
        List<Fault> faults = [];
        foreach (PreparedDestination destination in destinations)
        {
            DestinationSetting setting = destination.Setting;
            if (destinations.TakeWhile(d => d != destination).FirstOrDefault(d => d.Publisher.Place == destination.Publisher.Place) is { } other)
                faults.Add(PublishFaults.SamePlace(setting.Where, other.Setting.Where, destination.Publisher.Place));
        }

        return faults;
    }

    public ValueTask DisposeAsync() => Publisher.DisposeAsync();
}
