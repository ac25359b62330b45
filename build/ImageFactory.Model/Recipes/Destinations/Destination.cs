using System.ComponentModel;

namespace ImageFactory.Model.Recipes.Destinations;

/// <summary>One place where machines boot the image from. Each kind is one folder in ImageFactory.Publishing.</summary>
public abstract record Destination
{
    [Description("What summaries call this destination. Left out: its kind and what it names.")]
    public string? Label { get; init; }

    [Description("Whose the objects are, at most 63 characters; objects of another owner are never touched. Left out: the recipe's name.")]
    public string? Owner { get; init; }

    [Description("Further tags (labels) of all objects.")]
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}
