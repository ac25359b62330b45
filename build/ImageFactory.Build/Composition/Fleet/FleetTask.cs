using System.Globalization;
using ImageFactory.Model;
using ImageFactory.Recipes.Fleet;

namespace ImageFactory.Build.Composition.Fleet;

/// <summary>What one worker of a fleet is to do.</summary>
internal sealed record FleetTask(FleetEntry Entry, int Index, int Of)
{
    private const string IndexVariable = "JOB_COMPLETION_INDEX";

    /// <summary>The manifests copy the Job's <c>completions</c> there.</summary>
    private const string CompletionsVariable = "FLEET_COMPLETIONS";

    /// <param name="list">As the user named it.</param>
    /// <param name="index">Null: the environment says it.</param>
    /// <param name="options">Environment, machine, working folder.</param>
    /// <exception cref="FactoryException">The list is wrong, or the Job does not fit it.</exception>
    public static FleetTask Find(string list, string? index, FactoryOptions options)
    {
        string? asked = index ?? options.Environment.GetValueOrDefault(IndexVariable);
        if (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            throw new FactoryException(FleetFaults.NoIndex(asked));
        IReadOnlyList<FleetEntry> entries = FleetList.Read(list, options.WorkingFolder).Of(options.Machine);
        string machine = FleetRecipe.WordOf(options.Machine);
        if (options.Environment.GetValueOrDefault(CompletionsVariable) is { Length: > 0 } completions && completions != entries.Count.ToString(CultureInfo.InvariantCulture))
            throw new FactoryException(FleetFaults.OtherCompletions(list, completions, entries.Count, machine));
        if (number >= entries.Count)
            throw new FactoryException(FleetFaults.BeyondEnd(list, number, entries.Count, machine));
        return new FleetTask(entries[number], number, entries.Count);
    }
}
