namespace ImageFactory.Build.Doctor;

/// <summary>Looks for host programs without starting them.</summary>
internal static class ProgramSearch
{
    /// <summary>Where the loader looks first; a folder per architecture is tried by its pattern.</summary>
    private static readonly string[] LibraryFolders = ["/usr/lib", "/lib", "/usr/lib64", "/lib64", "/usr/local/lib"];

    /// <summary>The path of what was found, or null.</summary>
    public static string? Find(HostProgram program, IReadOnlyList<string> programFolders)
    {
        if (program.IsFile)
            return FindFile(Path.GetDirectoryName(program.Name)!, Path.GetFileName(program.Name));
        IEnumerable<string> folders = program.IsLibrary ? LibraryFolders.Where(Directory.Exists).SelectMany(WithArchitectures) : programFolders;
        return folders.Select(f => Path.Combine(f, program.Name)).FirstOrDefault(File.Exists);
    }

    private static string? FindFile(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal).LastOrDefault() : null;

    private static IEnumerable<string> WithArchitectures(string folder) =>
        Directory.EnumerateDirectories(folder, "*-linux-gnu").Prepend(folder);
}
