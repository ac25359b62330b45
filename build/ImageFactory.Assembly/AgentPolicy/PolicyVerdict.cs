using System.Text.Json.Serialization;

namespace ImageFactory.Assembly.AgentPolicy;

/// <summary>What a policy says about one name.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PolicyVerdict>))]
public enum PolicyVerdict
{
    /// <summary>Always true.</summary>
    [JsonStringEnumMemberName("allowed")]
    Allowed,

    /// <summary>Always false: the agent answers PERMISSION_DENIED.</summary>
    [JsonStringEnumMemberName("denied")]
    Denied,

    /// <summary>A rule decides by the request, or in a way that the reader does not compute.</summary>
    [JsonStringEnumMemberName("conditional")]
    Conditional,

    /// <summary>No rule gives a value: the agent refuses with an internal error.</summary>
    [JsonStringEnumMemberName("undefined")]
    Undefined,

    /// <summary>A name that policies carry though no agent asks for it.</summary>
    [JsonStringEnumMemberName("dead")]
    Dead,

    /// <summary>Looks like a call and is none in this release.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown,
}
