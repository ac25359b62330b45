using System.Text;

namespace ImageFactory.Recipes.Shapes;

/// <summary>How a property of the model is called in a recipe and in the environment.</summary>
internal static class Names
{
    public static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    /// <summary><c>agentPolicy</c> → <c>AGENT_POLICY</c>.</summary>
    public static string Screaming(string key)
    {
        StringBuilder screaming = new();
        foreach (char c in key)
        {
            if (char.IsAsciiLetterUpper(c) && screaming.Length > 0)
                screaming.Append('_');
            screaming.Append(char.ToUpperInvariant(c));
        }

        return screaming.ToString();
    }
}
