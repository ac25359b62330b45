using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing;

/// <summary>A destination of a recipe with what it takes to reach it.</summary>
/// <param name="Destination">As the recipe has it.</param>
/// <param name="Owner">Whose its objects are.</param>
/// <param name="Where">Its place in the recipe (<c>recipes/a.yaml:40:5</c>), for faults.</param>
/// <param name="Surroundings">What the host lends.</param>
public sealed record DestinationSetting(Destination Destination, string Owner, string Where, PublishSurroundings Surroundings);
