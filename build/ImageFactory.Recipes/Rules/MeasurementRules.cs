using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Rules;

internal static class MeasurementRules
{
    public static void Check(MeasurementSettings measurements, RecordScope scope)
    {
        for (int index = 0; index < measurements.Targets.Count; index++)
        {
            MeasurementTarget target = measurements.Targets[index];
            if (measurements.Targets.Take(index).Contains(target))
                scope.Report($"targets[{index}]", path => RuleFaults.TargetTwice(path, target.ToString()));
        }

        if (scope.IsSound("targets", "launch") && measurements.Targets.Contains(MeasurementTarget.Snp) && measurements.Launch.Count == 0)
            scope.Report("targets", RuleFaults.NoLaunch);
        if (measurements.SecureBootKeys is { } keys && scope.IsSound("secureBootKeys"))
        {
            if (keys.Kek.Count == 0)
                scope.Report("secureBootKeys", path => RuleFaults.NothingAllowed(path, "kek"));
            if (keys.Db.Count == 0)
                scope.Report("secureBootKeys", path => RuleFaults.NothingAllowed(path, "db"));
        }
    }
}
