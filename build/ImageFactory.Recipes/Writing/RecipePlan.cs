using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ImageFactory.Recipes.Binding;
using ImageFactory.Recipes.Shapes;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Writing;

/// <summary>Shows a resolved recipe to people: every key with its value, and if they ask, where each value comes from.</summary>
public static class RecipePlan
{
    /// <summary>How a value is marked that nobody wrote.</summary>
    private const string Default = "default";

    /// <summary>YAML in the order of the reference; it can be loaded again from the recipe's folder.</summary>
    public static string ToText(LoadedRecipe loaded, bool showOrigin)
    {
        PlanText text = new(showOrigin ? path => OriginOf(loaded, path) : null);
        text.Write(Tree(loaded));
        return text.ToString();
    }

    /// <summary>The recipe as JSON; with origins, an object of <c>recipe</c> and <c>origins</c> (key path to place).</summary>
    public static string ToJson(LoadedRecipe loaded, bool showOrigin)
    {
        if (!showOrigin)
            return RecipeWriter.ToJson(loaded.Recipe, loaded.Folder, indented: true) + "\n";

        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            MappingNode recipe = Tree(loaded);
            writer.WriteStartObject();
            writer.WritePropertyName("recipe");
            RecipeWriter.Write(writer, recipe);
            writer.WriteStartObject("origins");
            foreach (string path in Leaves(recipe, "").Order(StringComparer.Ordinal))
                writer.WriteString(path, OriginOf(loaded, path));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static MappingNode Tree(LoadedRecipe loaded) => (MappingNode)RecipeTree.Of(loaded.Recipe, ModelShapes.Recipe, loaded.Folder);

    private static string OriginOf(LoadedRecipe loaded, string path) => loaded.Origins.Places.GetValueOrDefault(path, Default);

    private static IEnumerable<string> Leaves(Node node, string path) => node switch
    {
        MappingNode { Entries.Count: > 0 } mapping => mapping.Entries.SelectMany(e => Leaves(e.Value, KeyPath.Append(path, e.Key))),
        SequenceNode { Items.Count: > 0 } sequence =>
            sequence.Items.SelectMany((item, i) => Leaves(item, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"))),
        _ => [path],
    };
}
