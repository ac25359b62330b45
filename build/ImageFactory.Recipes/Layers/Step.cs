namespace ImageFactory.Recipes.Layers;

/// <summary>One step of a key path: a key, or an index into a list.</summary>
internal abstract record Step;

internal sealed record KeyStep(string Key) : Step
{
    public override string ToString() => Key;
}

internal sealed record IndexStep(int Index) : Step
{
    public override string ToString() => $"[{Index}]";
}
