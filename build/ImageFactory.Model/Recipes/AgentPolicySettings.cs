using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ImageFactory.Model.Recipes;

[Description("Exactly one of preset, file and base64; nothing means preset coco.")]
public sealed record AgentPolicySettings
{
    [Description("A policy that the factory ships.")]
    public AgentPolicyPreset? Preset { get; init; }

    [Description("A Rego file.")]
    public SourcePath? File { get; init; }

    [Description("A Rego file in standard base64 without line breaks, as the Job's AGENT_POLICY has it.")]
    public string? Base64 { get; init; }

    [Description("Release of Kata Containers whose agent reads the policy; the list of calls depends on it.")]
    public string Kata { get; init; } = "4.1";
}

[JsonConverter(typeof(JsonStringEnumConverter<AgentPolicyPreset>))]
public enum AgentPolicyPreset
{
    [JsonStringEnumMemberName("allow-all")]
    [Description("every call is allowed")]
    AllowAll,

    [JsonStringEnumMemberName("coco")]
    [Description("everything but exec and reading the output of containers")]
    Coco,

    [JsonStringEnumMemberName("allow-all-except-exec")]
    [Description("everything but exec")]
    AllowAllExceptExec,

    [JsonStringEnumMemberName("deny-all-but-set-policy")]
    [Description("nothing but setting another policy")]
    DenyAllButSetPolicy,
}
