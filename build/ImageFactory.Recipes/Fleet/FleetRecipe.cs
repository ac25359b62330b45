using System.Globalization;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Recipes.Job;
using ImageFactory.Recipes.Layers;
using ImageFactory.Recipes.Shapes;

namespace ImageFactory.Recipes.Fleet;

/// <summary>The recipe of an entry, with what the entry says laid over it.</summary>
public static class FleetRecipe
{
    /// <exception cref="FactoryException">All that is wrong with the recipe, or why it is not what the entry says.</exception>
    public static LoadedRecipe Load(FleetEntry entry, IReadOnlyDictionary<string, string> environment)
    {
        LoadedRecipe loaded;
        try
        {
            loaded = RecipeLoader.Load(entry.Recipe.FullPath, environment, entry.Set, entry.Folder);
        }
        catch (FactoryException e)
        {
            throw new FactoryException([.. e.Faults.Select(f => Placed(f, entry))], e);
        }

        List<Fault> faults = [];
        if (loaded.Recipe.Architecture != entry.Architecture)
            faults.Add(FleetFaults.OtherArchitecture(entry, WordOf(entry.Architecture), WordOf(loaded.Recipe.Architecture)));
        LoadedRecipe narrowed = entry.Provider is { } provider ? Only(loaded, KindOf(provider)) : loaded;
        if (entry.Provider is { } wanted && narrowed.Recipe.Publish.Count == 0)
            faults.Add(FleetFaults.NoDestination(entry, WordOf(wanted), KindOf(wanted)));
        FactoryException.ThrowIfAny(faults);
        return narrowed;
    }

    /// <summary>The word that lists and recipes have for a value.</summary>
    public static string WordOf<T>(T value)
        where T : struct, Enum => ((ChoiceShape)ModelShapes.Of(typeof(T))).WordOf(value);

    private static string KindOf(FleetProvider provider) => JobProvider.All.First(p => p.Name == WordOf(provider)).Kind;

    /// <summary>The same recipe, with its own digest, and fewer places to go to.</summary>
    private static LoadedRecipe Only(LoadedRecipe loaded, string kind)
    {
        List<Destination> kept = [];
        Dictionary<string, string> origins = loaded.Origins.Places.Where(p => !p.Key.StartsWith("publish[", StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);
        for (int i = 0; i < loaded.Recipe.Publish.Count; i++)
        {
            if (((RecordShape)ModelShapes.Of(loaded.Recipe.Publish[i].GetType())).Kind != kind)
                continue;
            string before = string.Create(CultureInfo.InvariantCulture, $"publish[{i}]");
            string after = string.Create(CultureInfo.InvariantCulture, $"publish[{kept.Count}]");
            foreach ((string path, string place) in loaded.Origins.Places.Where(p => p.Key.StartsWith(before, StringComparison.Ordinal)))
                origins[after + path[before.Length..]] = place;
            kept.Add(loaded.Recipe.Publish[i]);
        }

        return loaded with { Recipe = loaded.Recipe with { Publish = kept }, Origins = new RecipeOrigins(origins) };
    }

    /// <summary>What is wrong with an override is told where the list has it; what is wrong with a recipe says in whose.</summary>
    private static Fault Placed(Fault fault, FleetEntry entry)
    {
        if (fault.Where?.StartsWith(SetOptions.Option, StringComparison.Ordinal) == true)
        {
            string key = fault.Where[SetOptions.Option.Length..].Trim();
            int at = entry.Set.ToList().FindIndex(s => key.Length == 0 ? !s.Contains('=', StringComparison.Ordinal) : s.StartsWith(key, StringComparison.Ordinal) && s.AsSpan(key.Length) is ['=' or '+', ..]);
            return fault.At(at < 0 ? entry.Place : entry.SetPlaces[at]);
        }

        string note = $"in the recipe of '{entry.Name}', {entry.Place}";
        return fault with { Detail = fault.Detail is null ? note : $"{fault.Detail}\n{note}" };
    }
}
