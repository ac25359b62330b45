namespace ImageFactory.Recipes.Shapes;

/// <summary>How a property of the model is called in a recipe and in the environment.</summary>
internal static class Names
{
    public static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    /// <summary><c>agentPolicy</c> → <c>AGENT_POLICY</c>.</summary>
    public static string Screaming(string key) =>
        string.Concat(key.Select((c, i) => i > 0 && char.IsAsciiLetterUpper(c) ? $"_{c}" : char.ToUpperInvariant(c).ToString()));
}
