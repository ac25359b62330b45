using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ImageFactory.Model.Recipes;
using ImageFactory.Recipes.Shapes;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Writing;

/// <summary>Writes a resolved recipe as canonical JSON: sorted keys, defaults included, no place of this machine.</summary>
public static class RecipeWriter
{
    /// <param name="recipe">The recipe.</param>
    /// <param name="folder">The absolute folder of its file: relative paths are written from there.</param>
    /// <param name="indented">For people; the digest is over the other form.</param>
    public static string ToJson(Recipe recipe, string folder, bool indented = false) =>
        Encoding.UTF8.GetString(ToUtf8(recipe, folder, indented));

    internal static byte[] ToUtf8(Recipe recipe, string folder, bool indented)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Indented = indented, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            Write(writer, RecipeTree.Of(recipe, ModelShapes.Recipe, folder));
        return buffer.WrittenSpan.ToArray();
    }

    internal static void Write(Utf8JsonWriter writer, Node node)
    {
        switch (node)
        {
            case ScalarNode { Plain: true } scalar when Scalars.Truth(scalar.Text) is { } truth:
                writer.WriteBooleanValue(truth);
                break;
            case ScalarNode { Plain: true } scalar:
                writer.WriteNumberValue(long.Parse(scalar.Text, CultureInfo.InvariantCulture));
                break;
            case ScalarNode scalar:
                writer.WriteStringValue(scalar.Text);
                break;
            case SequenceNode sequence:
                writer.WriteStartArray();
                foreach (Node item in sequence.Items)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            case MappingNode mapping:
                writer.WriteStartObject();
                foreach (Entry entry in mapping.Entries.OrderBy(e => e.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(entry.Key);
                    Write(writer, entry.Value);
                }

                writer.WriteEndObject();
                break;
        }
    }
}
