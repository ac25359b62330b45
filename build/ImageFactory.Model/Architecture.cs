using System.Text.Json.Serialization;

namespace ImageFactory.Model;

/// <summary>The machines a pod VM image can be made for, by the kernel's names.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Architecture>))]
public enum Architecture
{
    [JsonStringEnumMemberName("x86_64")]
    X64,

    [JsonStringEnumMemberName("s390x")]
    S390x,
}
