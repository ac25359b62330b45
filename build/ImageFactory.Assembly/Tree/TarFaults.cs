using ImageFactory.Model;

namespace ImageFactory.Assembly.Tree;

/// <summary>Faults of a tar archive: first those of its form, then those of what a member asks for.</summary>
internal static class TarFaults
{
    private const string MakeAgain = "make the archive again, with GNU tar or bsdtar";

    public static Fault Truncated(string archive, long at, string what) =>
        new("IFA111", ExitCode.InvalidInput, $"the archive ends inside {what}")
        {
            Where = $"{archive}@{at}",
            Hint = "the file was cut off: fetch or make it again",
        };

    public static Fault NoTar(string archive, long at, string problem) =>
        new("IFA112", ExitCode.InvalidInput, $"this is no header of a tar archive: {problem}")
        {
            Where = $"{archive}@{at}",
            Hint = MakeAgain,
        };

    public static Fault BadExtension(string archive, long at, string problem) =>
        new("IFA113", ExitCode.InvalidInput, $"the extended header is wrong: {problem}")
        {
            Where = $"{archive}@{at}",
            Hint = MakeAgain,
        };

    public static Fault Sparse(string archive, string name) =>
        new("IFA114", ExitCode.InvalidInput, $"'{Shown(name)}' is stored as a sparse file")
        {
            Where = archive,
            Hint = "make the archive without --sparse",
        };

    public static Fault UnknownType(string archive, string name, byte type) =>
        new("IFA115", ExitCode.InvalidInput, $"'{Shown(name)}' is of type 0x{type:x2}, which has no place in an image")
        {
            Where = archive,
            Hint = "leave it out of the archive",
        };

    public static Fault BadName(string archive, string name, string problem) =>
        new("IFA116", ExitCode.InvalidInput, $"'{Shown(name)}': {problem}")
        {
            Where = archive,
            Hint = "leave it out of the archive, or give it a name inside the image",
        };

    public static Fault BadLink(string archive, string name, string target, string problem) =>
        new("IFA117", ExitCode.InvalidInput, $"'{Shown(name)}' is a link to '{Shown(target)}': {problem}")
        {
            Where = archive,
            Hint = "leave it out of the archive, or make it point to something in it",
        };

    public static Fault Device(string archive, string name) =>
        new("IFA118", ExitCode.InvalidInput, $"'{Shown(name)}' is a device node")
        {
            Where = archive,
            Hint = "leave it out; the kernel makes /dev by itself. If it is wanted, set devices: true for this payload",
        };

    public static Fault TooManyEntries(string archive, string name, long limit) =>
        new("IFA119", ExitCode.InvalidInput, $"more than {limit} entries; '{Shown(name)}' is one too many")
        {
            Where = archive,
            Hint = "split the archive, or look at where it comes from",
        };

    public static Fault TooLarge(string archive, string name, long limit) =>
        new("IFA120", ExitCode.InvalidInput, $"the contents have more than {limit} bytes together; '{Shown(name)}' goes beyond")
        {
            Where = archive,
            Hint = "look at where the archive comes from",
        };

    public static Fault BadNumber(string archive, string name, string what, long value) =>
        new("IFA121", ExitCode.InvalidInput, $"'{Shown(name)}' has {what} {value}, which no file can have")
        {
            Where = archive,
            Hint = MakeAgain,
        };

    public static Fault Twice(string archive, string name) =>
        new Fault("IFA122", ExitCode.InvalidInput, $"'{Shown(name)}' is in the archive more than once; the last one is taken")
        {
            Where = archive,
        }.AsWarning();

    public static Fault SetId(string archive, string name, int mode) =>
        new Fault("IFA123", ExitCode.InvalidInput, $"'{Shown(name)}' runs with its owner's rights (mode {UnixMode.Text(mode)})")
        {
            Where = archive,
            Hint = "if that is not meant, set its mode under modes",
        }.AsWarning();

    public static Fault TrailingData(string archive, long at) =>
        new Fault("IFA124", ExitCode.InvalidInput, "there is data after the end mark of the archive; it is left out")
        {
            Where = $"{archive}@{at}",
        }.AsWarning();

    public static Fault More(string archive, int count) =>
        new("IFA125", ExitCode.InvalidInput, $"and {count} more faults") { Where = archive };

    public static Fault AccessListDropped(string archive, string name) =>
        new Fault("IFA126", ExitCode.InvalidInput, $"'{Shown(name)}' has an access control list, which is left out")
        {
            Where = archive,
            Hint = "say with mode and owner who may read it",
        }.AsWarning();

    /// <summary>Names are written by strangers: control characters are shown as '?', and very long ones are shortened.</summary>
    public static string Shown(string name)
    {
        string shown = name.Length > 200 ? name[..120] + "…" + name[^60..] : name;
        return string.Concat(shown.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
    }
}
