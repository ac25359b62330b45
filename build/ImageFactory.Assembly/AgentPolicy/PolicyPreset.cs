using System.Text;
using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.AgentPolicy;

/// <summary>
/// The policies that the factory ships, written for one release: a line for every call, so that a refusal says PERMISSION_DENIED
/// instead of the internal error of a missing rule. Only defaults, which Rego v0 and v1 read alike.
/// </summary>
internal static class PolicyPreset
{
    public static string NameOf(AgentPolicyPreset preset) => preset switch
    {
        AgentPolicyPreset.AllowAll => "allow-all",
        AgentPolicyPreset.Coco => "coco",
        AgentPolicyPreset.AllowAllExceptExec => "allow-all-except-exec",
        AgentPolicyPreset.DenyAllButSetPolicy => "deny-all-but-set-policy",
        _ => throw new ArgumentOutOfRangeException(nameof(preset)),
    };

    /// <summary>The file's name in the image, as the shell scripts of the reference and upstream name it.</summary>
    public static string FileNameOf(AgentPolicyPreset preset) => preset switch
    {
        AgentPolicyPreset.AllowAll => "allow-all.rego",
        AgentPolicyPreset.Coco => "coco-default-policy.rego",
        AgentPolicyPreset.AllowAllExceptExec => "allow-all-except-exec-process.rego",
        AgentPolicyPreset.DenyAllButSetPolicy => "disallow-all-except-setpolicy.rego",
        _ => throw new ArgumentOutOfRangeException(nameof(preset)),
    };

    public static string TextOf(AgentPolicyPreset preset, AgentApiRelease api)
    {
        StringBuilder text = new();
        foreach (string line in Introduction(preset))
            text.Append("# ").Append(line).Append('\n');
        text.Append("# Calls of Kata Containers ").Append(api.Basis).Append(".\n\npackage agent_policy\n\n");
        foreach (AgentCall call in api.Calls)
            text.Append("default ").Append(call.Name).Append(" := ").Append(Allows(preset, call, api.Basis) ? "true" : "false").Append('\n');
        return text.ToString();
    }

    private static bool Allows(AgentPolicyPreset preset, AgentCall call, KataRelease release) => preset switch
    {
        AgentPolicyPreset.AllowAll => true,
        AgentPolicyPreset.AllowAllExceptExec => call.Name != "ExecProcessRequest",
        AgentPolicyPreset.DenyAllButSetPolicy => call.Name == "SetPolicyRequest",
        _ => call.IsInAllowAllOf(release) && call.Name is not ("ExecProcessRequest" or "ReadStreamRequest" or "GetDiagnosticDataRequest"),
    };

    private static IEnumerable<string> Introduction(AgentPolicyPreset preset) => preset switch
    {
        AgentPolicyPreset.AllowAll =>
        [
            "allow-all: the agent does whatever the host asks.",
            "The calls that upstream's allow-all forgets (and so refuses) are allowed too.",
        ],
        AgentPolicyPreset.AllowAllExceptExec =>
        [
            "allow-all-except-exec: every call but running commands in containers.",
            "The calls that upstream's allow-all forgets (and so refuses) are allowed too.",
        ],
        AgentPolicyPreset.DenyAllButSetPolicy =>
        [
            "deny-all-but-set-policy: nothing until the host sets another policy.",
        ],
        _ =>
        [
            "coco: no exec, and no output, logs or termination messages of containers for the host.",
            "Calls that upstream's allow-all of this release does not name are refused there;",
            "here they are refused by name, so that the error says what refused them.",
        ],
    };
}
