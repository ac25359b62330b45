namespace ImageFactory.Build.CommandLine;

/// <summary>A command line that was understood.</summary>
internal sealed record Invocation(Verb Verb, IReadOnlyDictionary<Option, IReadOnlyList<string>> Values, IReadOnlyList<string> Operands)
{
    public bool Has(Option option) => Values.ContainsKey(option);

    public string? ValueOf(Option option) => Values.TryGetValue(option, out IReadOnlyList<string>? values) ? values[^1] : null;

    public IReadOnlyList<string> ValuesOf(Option option) => Values.TryGetValue(option, out IReadOnlyList<string>? values) ? values : [];

    public RunMode Mode => new(Has(Options.Tree), Has(Options.DryRun), Has(Options.Exclusive));
}
