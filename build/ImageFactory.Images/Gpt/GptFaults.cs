using ImageFactory.Model;

namespace ImageFactory.Images.Gpt;

internal static class GptFaults
{
    public static Fault BadLayout(string what) =>
        new("IFI201", ExitCode.InvalidInput, $"the partition table cannot be written: {what}")
        {
            Hint = "change the sizes or names of the partitions in the recipe's disk section",
        };
}
