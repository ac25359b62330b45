using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Rules;

internal static class SecureExecutionRules
{
    /// <summary>As many key slots as a header has room for.</summary>
    private const int MostHostKeys = 95;

    public static void Check(SecureExecutionSettings settings, RecordScope scope)
    {
        if (scope.IsSound("hostKeys"))
            CheckHostKeys(settings, scope);
        if (!scope.IsSound("verify"))
            return;

        string[] proofs = [.. new[] { "signingKey", "intermediate" }.Where(k => !scope.IsWritten(k))];
        if (settings.Verify && proofs.Length > 0)
            scope.Report("verify", _ => RuleFaults.NoProof(scope.Path, proofs));
        if (settings.Verify && settings.Crls.Count == 0 && scope.IsSound("crls") && !settings.Online)
            scope.Report("crls", RuleFaults.NoRevocationLists);
        if (!settings.Verify)
            CheckUnused(scope);
    }

    private static void CheckHostKeys(SecureExecutionSettings settings, RecordScope scope)
    {
        int count = settings.HostKeys?.Count ?? 0;
        if (scope.IsWritten("hostKeys") && count == 0)
            scope.Report("hostKeys", RuleFaults.NoHostKeys);
        if (count > MostHostKeys)
            scope.Report("hostKeys", path => RuleFaults.TooManyHostKeys(path, count, MostHostKeys));
        if (settings.HostKeys?.GroupBy(k => k.FullPath).FirstOrDefault(g => g.Count() > 1) is { } twice)
            scope.Report("hostKeys", path => RuleFaults.HostKeyTwice(path, twice.First().Text));
    }

    private static void CheckUnused(RecordScope scope)
    {
        foreach (string key in (string[])["signingKey", "intermediate", "crls", "rootCa", "online"])
        {
            if (scope.IsWritten(key))
                scope.Report(key, path => RuleFaults.NoEffect(path, "without 'secureExecution.verify'"));
        }
    }
}
