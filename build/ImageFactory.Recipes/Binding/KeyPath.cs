using System.Globalization;
using System.Text;

namespace ImageFactory.Recipes.Binding;

/// <summary>Writes paths such as <c>payload[0].modes."/usr/bin/x"</c>; <see cref="Layers.KeyPathReader"/> reads them.</summary>
internal static class KeyPath
{
    public static string Append(string path, string key)
    {
        string step = IsWord(key) ? key : Quote(key);
        return path.Length == 0 ? step : $"{path}.{step}";
    }

    public static bool IsWord(string key) => key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    private static string Quote(string key)
    {
        StringBuilder quoted = new("\"");
        foreach (char c in key)
        {
            if (c is '"' or '\\')
                quoted.Append('\\').Append(c);
            else if (char.IsControl(c))
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else
                quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }
}
