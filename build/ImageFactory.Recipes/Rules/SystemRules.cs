using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Rules;

internal static class SystemRules
{
    public static void Check(SystemSettings system, RecordScope scope)
    {
        if (scope.IsSound("ssh"))
            CheckAccess(system, scope);
        if (scope.IsSound("files"))
            CheckFiles(system.Files, scope);
    }

    private static void CheckAccess(SystemSettings system, RecordScope scope)
    {
        bool keys = scope.IsWritten("authorizedKeys");
        if (system.Ssh == SshAccess.Debug)
            scope.Report("ssh", RuleFaults.DebugImage);
        if (system.Ssh == SshAccess.Debug && !keys)
            scope.Report("ssh", RuleFaults.DebugWithoutKeys);
        if (system.Ssh == SshAccess.Absent && keys)
            scope.Report("authorizedKeys", RuleFaults.KeysWithoutSsh);
    }

    private static void CheckFiles(IReadOnlyList<SystemFile> files, RecordScope scope)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (int i = 0; i < files.Count; i++)
        {
            string inImage = files[i].Path;
            if (!seen.Add(inImage))
                scope.Report($"files[{i}].path", path => RuleFaults.FileTwice(path, inImage));
        }
    }
}
