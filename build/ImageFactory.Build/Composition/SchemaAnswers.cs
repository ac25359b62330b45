using ImageFactory.Recipes.Documentation;
using ImageFactory.Recipes.Job;

namespace ImageFactory.Build.Composition;

/// <summary>Writes what is generated from the records of a recipe: the schema that editors read, and the reference that people read; and the page of the Job's variables.</summary>
internal static class SchemaAnswers
{
    public static Answer Write(string root)
    {
        string schema = Path.Combine(root, "recipes", "recipe.schema.json");
        string page = Path.Combine(root, "recipes", "README.md");
        IReadOnlyList<string> lines =
        [
            Replace(schema, RecipeSchema.ToJson()),
            Replace(Path.Combine(root, "build", "job", "keys.md"), JobKeysPage.ToMarkdown()),
            Replace(page, RecipeReference.Update(File.ReadAllText(page))),
        ];
        return new Answer(string.Join('\n', lines) + "\n");
    }

    private static string Replace(string path, string text)
    {
        // An equal file keeps its time stamp, so that nothing is built again because of it.
        if (File.Exists(path) && File.ReadAllText(path) == text)
            return $"{path} is up to date";
        File.WriteAllText(path, text);
        return $"{path} was written";
    }
}
