using System.Globalization;
using System.Text.Json.Nodes;
using ImageFactory.Model.Manifests;
using ImageFactory.Recipes;
using ImageFactory.Recipes.Writing;

namespace ImageFactory.Build.Composition;

/// <summary>The values of a resolved recipe one by one, each with its place: by them a later run says which line changed what.</summary>
internal static class RecipeValues
{
    public static IReadOnlyList<ManifestRecipeValue> Of(LoadedRecipe loaded)
    {
        JsonNode plan = JsonNode.Parse(RecipePlan.ToJson(loaded, showOrigin: true))!;
        JsonNode origins = plan["origins"]!;
        return [.. Leaves("", plan["recipe"]!).Select(l => new ManifestRecipeValue(l.Path, l.Value, (string?)origins[l.Path] ?? "default"))];
    }

    private static IEnumerable<(string Path, string Value)> Leaves(string path, JsonNode? node) => node switch
    {
        JsonObject { Count: > 0 } members => members.SelectMany(m => Leaves(path.Length == 0 ? m.Key : $"{path}.{m.Key}", m.Value)),
        JsonArray { Count: > 0 } items => items.SelectMany((item, i) => Leaves(string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), item)),
        _ => [(path, node?.ToJsonString() ?? "null")],
    };
}
