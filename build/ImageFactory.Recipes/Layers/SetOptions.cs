using ImageFactory.Model;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Layers;

/// <summary>The command line's say: <c>--set key.path=value</c>, and <c>key+=value</c> to add to a list.</summary>
internal static class SetOptions
{
    public const string Option = "--set";

    public static IReadOnlyList<Assignment> Read(IReadOnlyList<string> sets, string folder, List<Fault> faults)
    {
        List<Assignment> assignments = [];
        foreach (string set in sets)
        {
            if (KeyPathReader.ReadAssignment(set) is { } read)
                assignments.Add(new Assignment(read.Steps, read.Append, read.Value, new Source($"{Option} {set[..^(read.Value.Length + 1)].TrimEnd('+')}", folder)));
            else
                faults.Add(LayerFaults.NotAnAssignment(set));
        }

        return assignments;
    }
}
