using System.Text.RegularExpressions;

namespace ImageFactory.Assembly.AgentPolicy.Cases;

/// <summary>The policy in the form that an engine understands whatever version of Rego it reads unasked.</summary>
internal static partial class EngineText
{
    /// <summary>
    /// An agent with Rego 1 takes imports of single keywords as said already; other engines do so with <c>import rego.v1</c>, which excludes those.
    /// Lines keep their numbers from the package on, but for one more where no import was to be replaced.
    /// </summary>
    public static string ForRegoV1(string policy)
    {
        if (RegoV1Pattern().IsMatch(policy))
            return KeywordsPattern().Replace(policy, "");
        bool placed = false;
        string replaced = KeywordsPattern().Replace(policy, _ =>
        {
            string import = placed ? "" : "import rego.v1";
            placed = true;
            return import;
        });
        return placed ? replaced : PackagePattern().Replace(policy, "$0\nimport rego.v1", 1);
    }

    [GeneratedRegex(@"^[ \t]*import[ \t]+rego\.v1\b", RegexOptions.Multiline)]
    private static partial Regex RegoV1Pattern();

    [GeneratedRegex(@"^[ \t]*import[ \t]+future\.keywords(\.\w+)?[ \t]*(?=#|\r?$)", RegexOptions.Multiline)]
    private static partial Regex KeywordsPattern();

    [GeneratedRegex(@"^[ \t]*package[^\r\n#]*", RegexOptions.Multiline)]
    private static partial Regex PackagePattern();
}
