namespace ImageFactory.Model.Recipes;

/// <summary>Where each value of a recipe comes from: <c>disk.root</c> → <c>recipes/a.yaml:12:9</c>, an environment variable or an option.</summary>
public sealed class RecipeOrigins(IReadOnlyDictionary<string, string> places)
{
    /// <summary>By key path as in <c>system.files[0].path</c>, only what was set; the rest are defaults.</summary>
    public IReadOnlyDictionary<string, string> Places { get; } = places;

    /// <summary>The place of a key, or of the nearest key around it that was written down.</summary>
    public string Of(string keyPath)
    {
        for (string? path = keyPath; !string.IsNullOrEmpty(path); path = Parent(path))
        {
            if (Places.TryGetValue(path, out string? place))
                return place;
        }

        return Places.TryGetValue("", out string? root) ? root : keyPath;
    }

    private static string? Parent(string path)
    {
        int end = path.LastIndexOfAny(['.', '[']);
        return end < 0 ? null : path[..end];
    }
}
