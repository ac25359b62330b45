using System.Globalization;

namespace ImageFactory.Recipes.Yaml;

/// <summary>What an unquoted word stands for, by YAML's core schema as far as recipes need it.</summary>
internal static class Scalars
{
    public static bool IsWhole(string text) => TryWhole(text, out _);

    public static bool TryWhole(string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    public static bool? Truth(string text) => text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };
}
