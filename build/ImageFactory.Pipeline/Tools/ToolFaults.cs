using ImageFactory.Model;

namespace ImageFactory.Pipeline.Tools;

internal static class ToolFaults
{
    public static Fault NotInTree(string program, string tree) =>
        new("IFP501", ExitCode.Internal, $"the tools tree has no program '{program}'")
        {
            Where = tree,
            Hint = "run './build.sh store verify'; if the tree is sound this is a bug of the factory",
        };
}
