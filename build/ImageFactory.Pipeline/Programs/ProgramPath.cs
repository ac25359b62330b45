namespace ImageFactory.Pipeline.Programs;

/// <summary>Finds a program as a shell would.</summary>
internal static class ProgramPath
{
    /// <returns>Its absolute path, or null.</returns>
    internal static string? Find(string program, string searchPath, string? workingDirectory)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            string path = workingDirectory is null ? Path.GetFullPath(program) : Path.GetFullPath(program, Path.GetFullPath(workingDirectory));
            return IsExecutable(path) ? path : null;
        }

        return searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, program)).FirstOrDefault(IsExecutable);
    }

    private static bool IsExecutable(string path) =>
        File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
