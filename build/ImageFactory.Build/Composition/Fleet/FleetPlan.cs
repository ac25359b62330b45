using System.Globalization;
using System.Text;
using ImageFactory.Build.Reporting;
using ImageFactory.Model;
using ImageFactory.Recipes.Fleet;

namespace ImageFactory.Build.Composition.Fleet;

/// <summary>Which index of which Job builds what.</summary>
internal static class FleetPlan
{
    public static Answer Of(FleetList list)
    {
        (string Architecture, int Index, FleetEntry Entry)[] rows =
            [.. Enum.GetValues<Architecture>().SelectMany(a => list.Of(a).Select((entry, i) => (FleetRecipe.WordOf(a), i, entry)))];
        StringBuilder text = new();
        text.Append(Columns.Of(
            ["ARCHITECTURE", "INDEX", "ENTRY", "PROVIDER", "RECIPE"],
            [.. rows.Select(r => new[] { r.Architecture, r.Index.ToString(CultureInfo.InvariantCulture), r.Entry.Name, ProviderOf(r.Entry) ?? "all", r.Entry.Recipe.Text })]));
        text.Append('\n');
        foreach (IGrouping<string, (string, int, FleetEntry)> group in rows.GroupBy(r => r.Architecture))
            text.Append(CultureInfo.InvariantCulture, $"completions for {group.Key}: {group.Count()}\n");
        return new Answer(text.ToString())
        {
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartArray();
                foreach ((string architecture, int index, FleetEntry entry) in rows)
                {
                    json.WriteStartObject();
                    json.WriteString("entry", entry.Name);
                    json.WriteString("architecture", architecture);
                    json.WriteNumber("index", index);
                    json.WriteString("provider", ProviderOf(entry));
                    json.WriteString("recipe", entry.Recipe.FullPath);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }),
        };
    }

    /// <returns>Null: all of the recipe's destinations.</returns>
    public static string? ProviderOf(FleetEntry entry) => entry.Provider is { } provider ? FleetRecipe.WordOf(provider) : null;
}
