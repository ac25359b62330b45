namespace ImageFactory.Assembly.Tests.Locking;

/// <summary>A good text with one to five characters overwritten by others of ASCII, again and again.</summary>
internal static class DamagedText
{
    public static IEnumerable<string> From(string good, int seed)
    {
        Random random = new(seed);
        for (int i = 0; i < 20_000; i++)
        {
            char[] text = good.ToCharArray();
            for (int change = random.Next(1, 6); change > 0; change--)
                text[random.Next(text.Length)] = (char)random.Next(1, 0x80);
            yield return new string(text);
        }
    }
}
