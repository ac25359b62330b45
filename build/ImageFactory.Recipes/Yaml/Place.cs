namespace ImageFactory.Recipes.Yaml;

/// <summary>Where something was written: in a file (with line and column), an environment variable or an option.</summary>
/// <param name="Source">What it was written in.</param>
/// <param name="Line">From 1; 0 where the source has no lines.</param>
/// <param name="Column">From 1.</param>
internal sealed record Place(Source Source, long Line, long Column)
{
    public override string ToString() =>
        Line == 0 ? Source.Name : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Source.Name}:{Line}:{Column}");
}

/// <summary>Something that holds YAML.</summary>
/// <param name="Name">How a fault names it.</param>
/// <param name="Folder">The absolute folder that the paths written in it start from.</param>
internal sealed record Source(string Name, string Folder);
