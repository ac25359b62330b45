using ImageFactory.Model;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Layers;

/// <summary>What can be wrong with <c>extends</c>, the environment and <c>--set</c>.</summary>
internal static class LayerFaults
{
    public static Fault ExtendsNotFile(Place place, string found) =>
        new("IFR101", ExitCode.InvalidInput, $"'extends' is the name of a recipe's file, and {found} was found")
        {
            Where = place.ToString(),
            Hint = "for example 'extends: base.yaml'",
        };

    public static Fault ExtendsAbsolute(Place place, string found) =>
        new("IFR102", ExitCode.InvalidInput, $"'extends' names the absolute path {NodeText.Quote(found)}")
        {
            Where = place.ToString(),
            Hint = "name it relative to this file, so that the recipes work in every folder",
        };

    public static Fault Cycle(Place place, string chain) =>
        new("IFR103", ExitCode.InvalidInput, "the recipe extends itself")
        {
            Where = place.ToString(),
            Detail = chain,
            Hint = "remove one 'extends' of this chain",
        };

    public static Fault TooManyLevels(Place place, string chain) =>
        new("IFR104", ExitCode.InvalidInput, $"the recipe extends others over more than {ExtendsChain.MostLevels} levels")
        {
            Where = place.ToString(),
            Detail = chain,
            Hint = "let recipes extend one common recipe directly",
        };

    public static Fault ExtendedMissing(Place place, string name) =>
        new("IFR105", ExitCode.MissingInput, $"the recipe {NodeText.Quote(name)} that this one extends does not exist")
        {
            Where = place.ToString(),
            Hint = "the path starts from the folder of the file that it is written in",
        };

    public static Fault UnknownVariable(string name, string? nearest) =>
        new Fault("IFR110", ExitCode.InvalidInput, "no key of a recipe has this variable")
        {
            Where = name,
            Hint = nearest is null ? "recipes/README.md says how variables are named; unset it" : $"did you mean {nearest}?",
        }.AsWarning();

    public static Fault NotAnAssignment(string set) =>
        new("IFR111", ExitCode.Usage, $"{NodeText.Quote(set.Split('=')[0])} is no assignment")
        {
            Where = SetOptions.Option,
            Hint = "write --set key.path=value, --set list[0]=value, or --set list+=value",
        };

    public static Fault UnknownKey(string path, string key, IReadOnlyList<string> known) =>
        Refused("IFR112", $"a recipe has no key '{path}'", NearestName.Hint(key, known));

    public static Fault NoKeys(string path, string expectation) => Refused("IFR113", $"'{path}' is {expectation} and has no keys in it", "end the path there");

    public static Fault NotAList(string path) => Refused("IFR114", $"'{path}' is not a list", "set it with key=value");

    public static Fault NoSuchEntry(string path, int index, int count) =>
        Refused("IFR115", $"'{path}' has no entry {index}: it has {count}", "entries are counted from 0; add one with +=");

    public static Fault NoValue(string path) => Refused("IFR116", $"'{path}' gets no value", "write null to go back to the default, or '\"\"' for an empty text");

    private static Fault Refused(string code, string message, string hint) => new(code, ExitCode.InvalidInput, message) { Hint = hint };
}
