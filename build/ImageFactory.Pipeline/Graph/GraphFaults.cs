using ImageFactory.Model;

namespace ImageFactory.Pipeline.Graph;

/// <summary>What can be wrong with a list of stages. All of it is a bug of whoever made the list, but for a goal that a person named.</summary>
internal static class GraphFaults
{
    internal static Fault Duplicate(string name) =>
        new("IFP101", ExitCode.Internal, $"two stages are called '{name}'")
        {
            Where = name,
            Hint = "this is a bug of the factory: give each stage its own name",
        };

    internal static Fault UnknownInput(string stage, string input) =>
        new("IFP102", ExitCode.Internal, $"stage '{stage}' comes after '{input}', and there is no such stage")
        {
            Where = stage,
            Hint = "this is a bug of the factory: add the stage, or drop the input",
        };

    internal static Fault Cycle(IReadOnlyList<string> stages) =>
        new("IFP103", ExitCode.Internal, $"stages wait for each other: {string.Join(" -> ", stages)}")
        {
            Where = stages[0],
            Hint = "this is a bug of the factory: one of them must not read the other's output",
        };

    internal static Fault UnknownGoal(string goal, IEnumerable<string> known) =>
        new("IFP104", ExitCode.Usage, $"there is no stage '{goal}' in this recipe")
        {
            Where = goal,
            Hint = $"the stages are {string.Join(", ", known)}",
        };
}
