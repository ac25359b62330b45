namespace ImageFactory.Recipes.Rules;

/// <summary>What a property demands beyond its type. For lists and maps it holds for each entry.</summary>
internal sealed record PropertyRule
{
    public TextRule? Text { get; init; }

    /// <summary>For the keys of a map.</summary>
    public TextRule? Key { get; init; }

    public long Least { get; init; } = long.MinValue;

    public long Most { get; init; } = long.MaxValue;

    public SourceKind Source { get; init; }
}

/// <summary>What a path names on the machine that builds.</summary>
internal enum SourceKind
{
    File,
    Folder,

    /// <summary>Files, of which '*' and '?' in the last part of a path may name several at once.</summary>
    Files,

    /// <summary>A folder that is made when it is not there.</summary>
    NewFolder,
}
