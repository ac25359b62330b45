using ImageFactory.Model;

namespace ImageFactory.Assembly.Tree;

/// <summary>Faults of a root file system as a tree of names.</summary>
internal static class TreeFaults
{
    public static Fault ReplacesDirectory(string path, TreeEntryType type) =>
        new("IFA101", ExitCode.InvalidInput, $"a {Word(type)} would replace a folder of the image")
        {
            Where = path,
            Hint = "rename it, or remove the folder from what lies below",
        };

    public static Fault DirectoryReplaces(string path, TreeEntryType type) =>
        new("IFA102", ExitCode.InvalidInput, $"a folder would replace a {Word(type)} of the image")
        {
            Where = path,
            Hint = "rename it, or remove what lies below it",
        };

    public static Fault ParentIsNoDirectory(string path, string parent) =>
        new("IFA103", ExitCode.InvalidInput, $"it cannot lie below {parent}, which is not a folder")
        {
            Where = path,
            Hint = "rename one of the two",
        };

    public static Fault TooManyLinks(string path) =>
        new("IFA104", ExitCode.InvalidInput, $"more than {FileTree.MaxLinks} symbolic links on the way: they lead in a circle")
        {
            Where = path,
            Hint = "mend the symbolic links in this path",
        };

    public static Fault NotThere(string path) =>
        new("IFA105", ExitCode.InvalidInput, "there is nothing of this name in the root file system") { Where = path };

    public static Fault LinkToDirectory(string path, string target) =>
        new("IFA106", ExitCode.InvalidInput, $"a hard link to the folder {target} is not possible")
        {
            Where = path,
            Hint = "use a symbolic link",
        };

    public static Fault ContentChanged(string path, string problem) =>
        new("IFA107", ExitCode.MissingInput, $"its content cannot be read any more: {problem}")
        {
            Where = path,
            Hint = "leave the inputs alone while the build runs, then build again",
        };

    public static Fault TooLargeToRead(string path, long length, int limit) =>
        new("IFA108", ExitCode.InvalidInput, $"it has {length} bytes; such a file has at most {limit}")
        {
            Where = path,
            Hint = "look at where this file comes from",
        };

    private static string Word(TreeEntryType type) => type switch
    {
        TreeEntryType.Directory => "folder",
        TreeEntryType.SymbolicLink => "symbolic link",
        TreeEntryType.CharacterDevice or TreeEntryType.BlockDevice => "device node",
        TreeEntryType.Fifo => "named pipe",
        _ => "file",
    };
}
