using ImageFactory.Model;
using ImageFactory.Pipeline.Graph;
using ImageFactory.Pipeline.Running;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Explaining;

/// <summary>Says what would run and why, without running or changing anything.</summary>
public sealed class Explainer(Store store, TimeProvider time)
{
    /// <param name="goals">As in <see cref="RunOptions.Goals"/>.</param>
    /// <returns>A forecast for each stage that the goals need, in the graph's order.</returns>
    /// <exception cref="FactoryException">A goal is unknown.</exception>
    public IReadOnlyList<StageForecast> Explain(StageGraph graph, IReadOnlyCollection<string> goals, bool offline)
    {
        Dictionary<string, Sha256> outputs = new(StringComparer.Ordinal);
        List<StageForecast> forecasts = [];
        foreach (IStage stage in graph.UpTo(goals))
            forecasts.Add(Explain(stage, outputs, offline));
        return forecasts;
    }

    private StageForecast Explain(IStage stage, Dictionary<string, Sha256> outputs, bool offline)
    {
        StoreEntry? last = store.LastOf(stage.Name);
        StageForecast forecast = stage.After.All(outputs.ContainsKey) ? Decide(stage, last, outputs, offline) : Unknown(stage, last, outputs);
        return forecast with { LastRan = last?.Created, LastWhy = last?.Why, LastElapsed = last?.Elapsed };
    }

    private StageForecast Decide(IStage stage, StoreEntry? last, Dictionary<string, Sha256> outputs, bool offline)
    {
        Dictionary<string, Sha256> inputs = stage.After.Distinct(StringComparer.Ordinal).ToDictionary(a => a, a => outputs[a], StringComparer.Ordinal);
        StageIdentity identity = StageIdentity.Of(stage, inputs);
        if (store.Peek(identity.Key) is not var (entry, output))
            return new StageForecast(stage.Name, StageVerdict.Run, Reasons.For(identity, last)) { Key = identity.Key };

        if (!stage.StillServes(output))
            return new StageForecast(stage.Name, StageVerdict.Run, [Reasons.NoLongerServes]) { Key = identity.Key };
        bool tooOld = stage.MaxAge is { } maxAge && entry.Created + maxAge < time.GetUtcNow();
        string[] reasons = tooOld ? [Reasons.TooOld(entry, stage.MaxAge!.Value, time.GetUtcNow())] : [];
        if (tooOld && !offline)
            return new StageForecast(stage.Name, StageVerdict.Run, reasons) { Key = identity.Key };
        outputs[stage.Name] = entry.Output;
        return new StageForecast(stage.Name, StageVerdict.Reuse, reasons) { Key = identity.Key };
    }

    private static StageForecast Unknown(IStage stage, StoreEntry? last, Dictionary<string, Sha256> outputs)
    {
        IEnumerable<string> open = stage.After.Where(a => !outputs.ContainsKey(a)).Select(a => $"it depends on what {a} gives");
        IEnumerable<string> own = last is null ? [Reasons.NeverBuilt] : Reasons.Fields(StageIdentity.FieldsOf(stage), last.Fields);
        return new StageForecast(stage.Name, StageVerdict.Unknown, [.. open, .. own]);
    }
}
