namespace ImageFactory.Recipes.Documentation;

/// <summary>What is said of keys that no record has.</summary>
internal static class Texts
{
    public const string Extends =
        "Another recipe, relative to this file, that this one refines: groups are merged key by key, lists and single values replace, null removes. Where kind changes, the whole group is replaced.";

    public const string Kind = "Chooses what the other keys of the group are.";
}
