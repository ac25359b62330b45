using System.Globalization;
using System.Text;
using ImageFactory.Assembly.AgentPolicy.Cases;

namespace ImageFactory.Assembly.AgentPolicy.Rendering;

/// <summary>How the cases of a policy ended, for people.</summary>
public static class PolicyTestTable
{
    public static string Of(PolicyTestResult result)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{result.Policy.Name}: cases for Kata {result.Policy.Kata}, decided by {result.Engine}\n");
        int width = result.Cases.Max(c => c.Case.Request.Length);
        foreach (PolicyCaseResult one in result.Cases)
        {
            text.Append(one.Passed ? "  ok      " : "  FAILED  ").Append(one.Case.Request.PadRight(width)).Append("  ").Append(Word(one.Outcome).PadRight(9)).Append("  ").Append(one.Case.Name).Append('\n');
            if (!one.Passed)
                text.Append(CultureInfo.InvariantCulture, $"          {one.Case.Place}: expected to be {Word(one.Case.Allowed)}\n");
            foreach (string line in one.Said?.Split('\n') ?? [])
                text.Append("          ").Append(line).Append('\n');
        }

        return text.Append(CultureInfo.InvariantCulture, $"{result.Cases.Count - result.Failed} passed, {result.Failed} failed\n").ToString();
    }

    internal static string Word(bool allowed) => Word(allowed ? PolicyOutcome.Allowed : PolicyOutcome.Refused);

    internal static string Word(PolicyOutcome outcome) => outcome switch
    {
        PolicyOutcome.Allowed => "allowed",
        PolicyOutcome.Refused => "refused",
        _ => "undecided",
    };
}
