using ImageFactory.Model;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Binding;

/// <summary>Gathers faults in the order in which an author meets them: by file, then by line.</summary>
internal sealed class FaultList(IReadOnlyList<Source> sources)
{
    /// <summary>Nobody reads more, and a hostile recipe has thousands.</summary>
    private const int Shown = 100;

    private readonly List<Found> found = [];

    public int Count => found.Count;

    public void Add(Place place, Fault fault) => found.Add(new Found(place, fault.At(place.ToString())));

    public IReadOnlyList<Fault> ToList()
    {
        if (found.Count == 0)
            return [];

        List<Fault> sorted =
        [
            .. found
                .OrderBy(f => Order(f.Place.Source))
                .ThenBy(f => f.Place.Line)
                .ThenBy(f => f.Place.Column)
                .Select(f => f.Fault),
        ];
        int errors = sorted.Count(f => f.Severity == Severity.Error);
        if (errors <= Shown)
            return sorted;
        return [.. sorted.Where(f => f.Severity == Severity.Error).Take(Shown), BindingFaults.AndMore(sorted[0].Where, errors - Shown)];
    }

    private int Order(Source source)
    {
        for (int i = 0; i < sources.Count; i++)
        {
            if (sources[i] == source)
                return i;
        }

        return sources.Count;
    }

    private sealed record Found(Place Place, Fault Fault);
}
