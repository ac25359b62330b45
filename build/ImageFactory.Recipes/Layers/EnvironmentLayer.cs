using ImageFactory.Model;
using ImageFactory.Recipes.Shapes;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Layers;

/// <summary>
/// The environment's say: <c>IMAGEFACTORY_</c> and the key's path in capitals, words and keys joined by '_'
/// (<c>disk.rootCompression</c> → <c>IMAGEFACTORY_DISK_ROOT_COMPRESSION</c>). Entries of lists have no variable; a list has one.
/// </summary>
internal static class EnvironmentLayer
{
    public const string Prefix = "IMAGEFACTORY_";

    public static IReadOnlyList<Assignment> Read(IReadOnlyDictionary<string, string> environment, string folder, List<Fault> warnings)
    {
        // A variable without a value is what a ConfigMap leaves where nobody filled in a key.
        string[] ours = [.. environment.Keys.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && environment[name].Length > 0)];
        if (ours.Length == 0)
            return [];

        Array.Sort(ours, StringComparer.Ordinal);
        Dictionary<string, IReadOnlyList<Step>> known = Variables();
        List<Assignment> assignments = [];
        foreach (string name in ours)
        {
            if (known.TryGetValue(name, out IReadOnlyList<Step>? steps))
                assignments.Add(new Assignment(steps, Append: false, environment[name], new Source(name, folder)));
            else
                warnings.Add(LayerFaults.UnknownVariable(name, NearestName.Of(name, known.Keys)));
        }

        // Groups before what is in them, and a kind before the keys that it brings.
        return [.. assignments.OrderBy(a => a.Steps.Count).ThenBy(a => a.Steps[^1] is KeyStep { Key: KindsShape.KindKey } ? 0 : 1)];
    }

    /// <summary>Each variable with the key that it sets.</summary>
    public static Dictionary<string, IReadOnlyList<Step>> Variables()
    {
        Dictionary<string, IReadOnlyList<Step>> variables = new(StringComparer.Ordinal);
        Collect(ModelShapes.Recipe, Prefix.TrimEnd('_'), [], variables);
        return variables;
    }

    private static void Collect(Shape shape, string name, IReadOnlyList<Step> steps, Dictionary<string, IReadOnlyList<Step>> variables)
    {
        if (steps.Count > 0)
            variables[name] = steps;

        RecordShape[] records = shape switch
        {
            RecordShape record => [record],
            KindsShape kinds => [.. kinds.Kinds],
            _ => [],
        };
        foreach (RecordShape record in records)
        {
            if (record.Kind is not null)
                variables[$"{name}_KIND"] = [.. steps, new KeyStep(KindsShape.KindKey)];
            foreach (PropertyShape property in record.Properties)
                Collect(property.Shape, $"{name}_{Names.Screaming(property.Key)}", [.. steps, new KeyStep(property.Key)], variables);
        }
    }
}
