using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Tests.Running;

internal sealed record TableDestination : Destination;
