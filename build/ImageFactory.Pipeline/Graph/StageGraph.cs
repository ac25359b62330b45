using ImageFactory.Model;

namespace ImageFactory.Pipeline.Graph;

/// <summary>Stages and what they read of each other: checked, and in an order in which they can be done.</summary>
public sealed class StageGraph
{
    private readonly Dictionary<string, IStage> byName;

    private StageGraph(IReadOnlyList<IStage> ordered)
    {
        Stages = ordered;
        byName = ordered.ToDictionary(s => s.Name, StringComparer.Ordinal);
    }

    /// <summary>Each stage stands behind all that it comes after; otherwise the order is the one they were given in.</summary>
    public IReadOnlyList<IStage> Stages { get; }

    public IStage this[string name] => byName[name];

    /// <exception cref="FactoryException">Names occur twice, are unknown, or stages wait for each other; all faults at once.</exception>
    public static StageGraph Create(IReadOnlyList<IStage> stages)
    {
        HashSet<string> names = [.. stages.Select(s => s.Name)];
        List<Fault> faults = [];
        faults.AddRange(stages.GroupBy(s => s.Name, StringComparer.Ordinal).Where(g => g.Skip(1).Any()).Select(g => GraphFaults.Duplicate(g.Key)));
        faults.AddRange(stages.SelectMany(s => s.After.Where(a => !names.Contains(a)).Select(a => GraphFaults.UnknownInput(s.Name, a))));
        FactoryException.ThrowIfAny(faults);
        return new StageGraph(Order(stages));
    }

    /// <summary>The goals and everything they need, in order. No goals: all stages.</summary>
    /// <exception cref="FactoryException">A goal is not a stage of this graph.</exception>
    public IReadOnlyList<IStage> UpTo(IReadOnlyCollection<string> goals)
    {
        FactoryException.ThrowIfAny([.. goals.Where(g => !byName.ContainsKey(g)).Select(g => GraphFaults.UnknownGoal(g, byName.Keys))]);
        if (goals.Count == 0)
            return Stages;

        HashSet<string> needed = [.. goals];
        foreach (IStage stage in Stages.Reverse())
        {
            if (needed.Contains(stage.Name))
                needed.UnionWith(stage.After);
        }

        return [.. Stages.Where(s => needed.Contains(s.Name))];
    }

    private static List<IStage> Order(IReadOnlyList<IStage> stages)
    {
        List<IStage> ordered = [];
        HashSet<string> done = new(StringComparer.Ordinal);
        List<IStage> waiting = [.. stages];
        while (waiting.Count > 0)
        {
            IStage? next = waiting.Find(s => s.After.All(done.Contains));
            if (next is null)
                throw new FactoryException(GraphFaults.Cycle(FindCycle(waiting)));
            waiting.Remove(next);
            ordered.Add(next);
            done.Add(next.Name);
        }

        return ordered;
    }

    // Every stage that is left waits for another that is left, so following the first such input must come back.
    private static List<string> FindCycle(List<IStage> waiting)
    {
        Dictionary<string, IStage> left = waiting.ToDictionary(s => s.Name, StringComparer.Ordinal);
        List<string> path = [waiting[0].Name];
        while (true)
        {
            string next = left[path[^1]].After.First(left.ContainsKey);
            int seen = path.IndexOf(next);
            path.Add(next);
            if (seen >= 0)
                return path[seen..];
        }
    }
}
