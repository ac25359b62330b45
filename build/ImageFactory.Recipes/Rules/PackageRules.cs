using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Rules;

internal static class PackageRules
{
    public static void Check(DebianBase debian, RecordScope scope)
    {
        if (!scope.IsSound("packages"))
            return;

        HashSet<string> seen = new(StringComparer.Ordinal);
        for (int i = 0; i < debian.Packages.Count; i++)
        {
            string package = debian.Packages[i];
            if (!seen.Add(package))
                scope.Report($"packages[{i}]", path => RuleFaults.PackageTwice(path, package));
        }
    }
}
