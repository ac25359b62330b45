using System.Runtime.CompilerServices;
using System.Text;
using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tests.AgentPolicy;

/// <summary>Shortcuts that the tests of policies share.</summary>
internal static class Policies
{
    public static RecipeOrigins NoOrigins { get; } = new(new Dictionary<string, string>());

    /// <summary>A policy that is right for every release but for the rules under test: the allow-all preset without the names that they define.</summary>
    public static string With(string rules, string kata = "4.1", string imports = "")
    {
        string preset = Preset(AgentPolicyPreset.AllowAll, kata).Text;
        string[] defined = [.. rules.Split(['\n', ' ', '{', '(', '['], StringSplitOptions.RemoveEmptyEntries)];
        IEnumerable<string> rest = preset.Split('\n').Where(line => !line.StartsWith("default ", StringComparison.Ordinal) || !defined.Contains(line.Split(' ')[1]));
        return string.Join('\n', rest).Replace("package agent_policy\n", $"package agent_policy\n{imports}\n", StringComparison.Ordinal) + "\n" + rules + "\n";
    }

    public static CheckedPolicy Preset(AgentPolicyPreset preset, string kata = "4.1", bool isMeasured = false) =>
        new AgentPolicyLoader(new AgentPolicySettings { Preset = preset, Kata = kata }, NoOrigins, isMeasured).LoadAsync(CancellationToken.None).GetAwaiter().GetResult();

    public static PolicyInspection Inspect(string text, string kata = "4.1", bool isMeasured = false) =>
        PolicyInspector.Inspect("policy.rego", Encoding.UTF8.GetBytes(text), kata, isMeasured);

    public static PolicyRow Row(this PolicyInspection inspection, string call) => Assert.Single(inspection.Rows, row => row.Call == call);

    public static PolicyVerdict Verdict(this PolicyInspection inspection, string call) => inspection.Row(call).Verdict;

    public static string[] Codes(this PolicyInspection inspection) => [.. inspection.Faults.Select(fault => fault.Code)];

    public static string[] Errors(this PolicyInspection inspection) =>
        [.. inspection.Faults.Where(fault => fault.Severity == Severity.Error).Select(fault => fault.Code)];

    /// <summary>Compares with a text that a person has read. <c>APPROVE=1</c> in the environment of a test run takes what is there now.</summary>
    public static void Approved(string name, string actual)
    {
        string path = Path.Combine(Here(), "Approved", name);
        if (Environment.GetEnvironmentVariable("APPROVE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.ReadAllText(path), actual);
    }

    public static string Data(string name) => File.ReadAllText(Path.Combine(Here(), "Data", name));

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
