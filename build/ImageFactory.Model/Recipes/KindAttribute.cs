namespace ImageFactory.Model.Recipes;

/// <summary>The word after <c>kind:</c> that chooses this record among those of its base type.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class KindAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
