using System.Text.Json.Serialization;

namespace ImageFactory.Assembly.AgentPolicy;

[JsonConverter(typeof(JsonStringEnumConverter<PolicyEffect>))]
public enum PolicyEffect
{
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>The host may do more than before.</summary>
    [JsonStringEnumMemberName("wider")]
    Wider,

    /// <summary>The host may do less than before.</summary>
    [JsonStringEnumMemberName("narrower")]
    Narrower,

    /// <summary>Conditional before and after, under rules that differ.</summary>
    [JsonStringEnumMemberName("other-rules")]
    OtherRules,

    /// <summary>Refused before and after, for another reason.</summary>
    [JsonStringEnumMemberName("other")]
    Other,
}
