namespace ImageFactory.Assembly.AgentPolicy.Rego;

/// <summary>Gathers, while a text is parsed, what only one of the two dialects of Rego understands.</summary>
internal sealed class Dialect
{
    private readonly Dictionary<string, TextPosition> keywords = [];
    private readonly List<TextPosition> bodiesWithoutIf = [];
    private readonly List<(string Name, TextPosition At)> shadowings = [];
    private readonly List<(string Name, TextPosition At)> bareHeads = [];

    public IReadOnlyList<(string Keyword, TextPosition At)> Keywords => [.. keywords.Select(k => (k.Key, k.Value)).OrderBy(k => k.Key, StringComparer.Ordinal)];

    public IReadOnlyList<TextPosition> BodiesWithoutIf => bodiesWithoutIf;

    public IReadOnlyList<(string Name, TextPosition At)> Shadowings => shadowings;

    public IReadOnlyList<(string Name, TextPosition At)> BareHeads => bareHeads;

    public void UsesKeyword(Token keyword) => keywords.TryAdd(keyword.Text, keyword.At);

    public void BodyWithoutIf(TextPosition at) => bodiesWithoutIf.Add(at);

    public void BareHead(string name, TextPosition at) => bareHeads.Add((name, at));

    public void Introduces(Expression name)
    {
        if (name is Name { Id: "input" or "data" } hiding)
            shadowings.Add((hiding.Id, hiding.At));
    }
}
