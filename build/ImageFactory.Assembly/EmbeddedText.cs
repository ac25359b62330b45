namespace ImageFactory.Assembly;

/// <summary>Scripts and tables that are part of this library.</summary>
internal static class EmbeddedText
{
    /// <param name="name">Path below the project, with dots: <c>Bases.Debian.make-initrd.sh</c>.</param>
    public static string Read(string name)
    {
        using Stream stream = typeof(EmbeddedText).Assembly.GetManifestResourceStream("ImageFactory.Assembly." + name)
            ?? throw new InvalidOperationException($"the library lacks its resource {name}");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
