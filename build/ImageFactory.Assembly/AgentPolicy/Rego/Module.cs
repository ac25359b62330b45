namespace ImageFactory.Assembly.AgentPolicy.Rego;

/// <summary>A Rego file as read, with what tells the dialects apart.</summary>
internal sealed record Module
{
    public required TextPosition PackageAt { get; init; }

    public required string Package { get; init; }

    public required IReadOnlyList<Import> Imports { get; init; }

    public required IReadOnlyList<Rule> Rules { get; init; }

    /// <summary>Words that are keywords in v1 and by import in v0, at their first use.</summary>
    public required IReadOnlyList<(string Keyword, TextPosition At)> Keywords { get; init; }

    /// <summary>Bodies that no <c>if</c> announces: v0 only.</summary>
    public required IReadOnlyList<TextPosition> BodiesWithoutIf { get; init; }

    /// <summary>Names that hide <c>input</c> or <c>data</c>: v0 only.</summary>
    public required IReadOnlyList<(string Name, TextPosition At)> Shadowings { get; init; }

    /// <summary>Rules with neither body nor value: v0 only.</summary>
    public required IReadOnlyList<(string Name, TextPosition At)> BareHeads { get; init; }
}

/// <param name="Path">Dotted, as in <c>future.keywords.if</c>.</param>
internal sealed record Import(TextPosition At, string Path, string? Alias);
