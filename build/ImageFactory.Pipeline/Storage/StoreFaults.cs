using ImageFactory.Model;
using ImageFactory.Pipeline.Platform;

namespace ImageFactory.Pipeline.Storage;

internal static class StoreFaults
{
    /// <summary>IFP201 no space, IFP202 read-only, IFP203 not permitted, IFP204 anything else.</summary>
    internal static Fault CannotWrite(Exception e, string where, string what) =>
        IoErrors.ToFault(e, where, what, "IFP201", "IFP202", "IFP203", "IFP204");

    internal static Fault OtherLayout(string folder, int found) =>
        new("IFP205", ExitCode.Configuration, $"the store has layout {found}, this factory reads layout {StoreVersion.Current}")
        {
            Where = folder,
            Hint = "use another folder as store, or remove this one: everything in it can be made again",
        };

    internal static Fault Damaged(StoreEntryName name, string what) =>
        new("IFP206", ExitCode.CannotWrite, $"a stored output is damaged: {what}; it is set aside and made again")
        {
            Where = name.Folder,
            Severity = Severity.Warning,
            Hint = "something else than the factory changed the store, or the disk is failing: 'store verify' reads everything",
        };

    internal static Fault SpecialFile(string path) =>
        new("IFP207", ExitCode.Internal, "an output holds a device, a pipe or a socket; only files, folders and links can be stored")
        {
            Where = path,
            Hint = "pack such things into an archive, or do not make them",
        };

    internal static Fault NotWhatItWas(string folder, string what) =>
        new("IFP208", ExitCode.CannotWrite, $"a stored output is not what was stored: {what}")
        {
            Where = folder,
            Hint = "remove this folder; the next build makes it again",
        };

    internal static Fault LeftOver(string what, Exception e) =>
        new("IFP302", ExitCode.CannotWrite, $"what a dead run left behind could not be removed: {e.Message}")
        {
            Where = what,
            Severity = Severity.Warning,
            Hint = "remove it by hand, with the rights of the user who ran that build",
        };
}
