namespace ImageFactory.Measurement.Reporting;

/// <summary>Something that went into two builds and was not the same.</summary>
/// <param name="Kind"><see cref="Recipe"/>, <see cref="Input"/> or <see cref="Tool"/>.</param>
/// <param name="Key">The key of the recipe, or the name of the input or tool.</param>
/// <param name="Text">The same for people, with the place of a recipe's value.</param>
public sealed record ChangeCause(string Kind, string Key, string Text)
{
    public const string Recipe = "recipe";
    public const string Input = "input";
    public const string Tool = "tool";

    /// <summary>True when the key is one of these or lies below one: <c>system</c> has <c>system.units.mask[0]</c>.</summary>
    public bool IsWithin(IEnumerable<string> keys) =>
        keys.Any(k => Key == k || Key.StartsWith(k + ".", StringComparison.Ordinal) || Key.StartsWith(k + "[", StringComparison.Ordinal));
}
