namespace ImageFactory.Recipes.Yaml;

/// <summary>How much YAML a recipe may hold. A real one has a few KiB; the limits keep a hostile one from costing time or memory.</summary>
internal static class YamlLimits
{
    public const int FileBytes = 1 << 20;

    /// <summary>Levels of mappings and lists, counted with aliases followed.</summary>
    public const int Depth = 32;

    /// <summary>Values in one document, counted with aliases followed: a "billion laughs" ends here.</summary>
    public const int Values = 20_000;

    /// <summary>What YamlDotNet takes as an implicit key.</summary>
    public const int KeyLength = 1024;
}
