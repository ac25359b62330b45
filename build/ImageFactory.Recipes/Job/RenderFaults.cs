using ImageFactory.Model;

namespace ImageFactory.Recipes.Job;

internal static class RenderFaults
{
    public static Fault NoDestination(string recipe, string provider, int others) =>
        new("IFJ101", ExitCode.InvalidInput, others == 0 ? $"the recipe has no destinations, so there is nothing to say of {provider}" : $"none of the recipe's destinations is one of {provider}")
        {
            Where = recipe,
            Hint = "add one under 'publish:'; recipes/README.md has the kinds",
        };

    public static Fault Name(string name, string nameKey, string versionKey) =>
        new("IFJ102", ExitCode.InvalidInput, $"the name '{name}' cannot be said in the Job's keys, which make it of {nameKey}, '-' and {versionKey}")
        {
            Hint = "end the name with '-' and a version of digits, for example podvm-1.0.0",
        };
}
