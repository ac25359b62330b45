namespace ImageFactory.Assembly.AgentPolicy.Rego;

internal static class HexDigits
{
    public static bool ContainsOnlyHexDigits(this ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigit(c))
                return false;
        }

        return true;
    }
}
