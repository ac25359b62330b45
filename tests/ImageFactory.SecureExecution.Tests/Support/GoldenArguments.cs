namespace ImageFactory.SecureExecution.Tests.Support;

/// <summary>Arguments as the vectors have them: relative to the vectors' folder, with their own output name.</summary>
internal static class GoldenArguments
{
    private static readonly string[] Folders = ["certs/", "inputs/", "keys/", "loaders"];

    public static List<string> Resolve(string text, string output, string? loaders = null)
    {
        List<string> arguments = [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(a => a != "create")];
        for (int i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] == "LOADERS")
                arguments[i] = loaders!;
            else if (i > 0 && arguments[i - 1] == "-o")
                arguments[i] = output;
            else if (Folders.Any(f => arguments[i].StartsWith(f, StringComparison.Ordinal)))
                arguments[i] = Vectors.Se(arguments[i]);
        }

        if (!arguments.Contains("-o"))
            arguments.AddRange(["-o", output]);
        if (!arguments.Contains("--x-bootloader-directory"))
            arguments.AddRange(["--x-bootloader-directory", Vectors.Se("loaders")]);
        return arguments;
    }
}
