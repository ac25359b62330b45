using System.Text.Json.Nodes;

namespace ImageFactory.Measurement.References;

/// <summary>A reference value as the RVPS keeps it: always an array, but for the few names that policies compare as one string.</summary>
/// <param name="Name">Letters, digits, '-', '_', '.' and '/'.</param>
/// <param name="Values">The accepted values: several for kinds of boot, initdata documents, or versions of an image side by side.</param>
public sealed record ReferenceValue(string Name, IReadOnlyList<string> Values)
{
    /// <summary>Names that the default policies compare with <c>==</c>, which an array never equals.</summary>
    private static readonly HashSet<string> Scalars = ["tdvfkernel", "tdvfkernelparams"];

    public bool IsScalar => Scalars.Contains(Name) && Values.Count == 1;

    /// <summary>The entry of generation B: <c>{"name", "expiration", "value"}</c>.</summary>
    public JsonObject ToEntry(string expiration) => new()
    {
        ["name"] = Name,
        ["expiration"] = expiration,
        ["value"] = IsScalar ? JsonValue.Create(Values[0]) : new JsonArray([.. Values.Select(v => JsonValue.Create(v))]),
    };
}
