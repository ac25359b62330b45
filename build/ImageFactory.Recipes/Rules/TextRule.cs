using ImageFactory.Model;

namespace ImageFactory.Recipes.Rules;

/// <summary>A grammar for a text.</summary>
/// <param name="check">Finds the fault of a text; the first argument is the key's path.</param>
internal sealed class TextRule(Func<string, string, Fault?> check)
{
    /// <summary>The same as a regular expression for editors, where one can say it.</summary>
    public string? Pattern { get; init; }

    /// <summary>The text can look like a number to YAML (<c>4.1</c>, <c>0644</c>), and is taken as it is written.</summary>
    public bool MayLookLikeNumber { get; init; }

    public Fault? Check(string path, string text) => check(path, text);
}
