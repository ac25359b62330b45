using ImageFactory.Model;

namespace ImageFactory.Assembly.Inspection;

/// <summary>What kept the inspector from looking at something.</summary>
internal static class InspectionFaults
{
    public static Fault UnreadFileSystem(string where, string? kind) =>
        new Fault("IFA951", ExitCode.InvalidInput, kind is null ? "no known file system is in the root partition" : $"file systems of kind {kind} are not looked into")
        {
            Where = where,
            Hint = "erofs and ext4 are",
        }.AsWarning();

    public static Fault NoRoot(string where) =>
        new Fault("IFA952", ExitCode.InvalidInput, "no partition looks like a root file system") { Where = where }.AsWarning();

    public static Fault NothingExtracted(string where, string program) =>
        new("IFA953", ExitCode.InvalidInput, $"{program} found no files in the root file system")
        {
            Where = where,
            Hint = "the file system is damaged, or the program is too old for it",
        };
}
