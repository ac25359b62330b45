using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.Images.Pe;

internal static class PeFaults
{
    public static Fault Malformed(string file, long offset, string what) =>
        new("IFI301", ExitCode.InvalidInput, $"not a sound PE file: {what}")
        {
            Where = Place.At(file, offset),
            Hint = "an EFI program is expected here; the file may be cut or of another kind",
        };

    public static Fault StubSigned(string file) =>
        new("IFI302", ExitCode.InvalidInput, "the stub is signed; sections cannot be added to a signed file")
        {
            Where = file,
            Hint = "use the unsigned stub of systemd (linuxx64.efi.stub), and sign the finished UKI",
        };

    public static Fault NoHeaderRoom(string file, string section, long needed, long room) =>
        new("IFI303", ExitCode.InvalidInput, string.Create(CultureInfo.InvariantCulture, $"the stub has no room for the header of section {section}: {needed} bytes of headers are needed, there are {room}"))
        {
            Where = file,
            Hint = "use a stub of systemd 253 or newer, which leaves room for more sections",
        };

    public static Fault SectionExists(string file, string section) =>
        new("IFI304", ExitCode.InvalidInput, $"the stub already has a section {section}")
        {
            Where = file,
            Hint = "use a bare systemd-stub, not a finished UKI",
        };

    public static Fault TooLarge(string file, string section) =>
        new("IFI305", ExitCode.InvalidInput, $"with section {section} the image is larger than a PE file can be (4 GiB)")
        {
            Where = file,
            Hint = "make the initrd smaller",
        };

    public static Fault SectionFile(string file, string section, string reason) =>
        new("IFI306", ExitCode.MissingInput, $"the content of section {section} cannot be read")
        {
            Where = file,
            Detail = reason,
            Hint = "check that the stage that makes this file has run",
        };

    public static Fault SectionChanged(string file, string section) =>
        new("IFI307", ExitCode.MissingInput, $"the content of section {section} changed while it was read")
        {
            Where = file,
            Hint = "make sure that nothing writes to the file during the build",
        };

    public static Fault NoSection(string file, string section) =>
        new("IFI308", ExitCode.InvalidInput, $"the file has no section {section}")
        {
            Where = file,
            Hint = "a unified kernel image is expected, made by ukify or by this factory",
        };

    public static Fault SectionTooLong(string file, string section, long size, long limit) =>
        new("IFI309", ExitCode.InvalidInput, string.Create(CultureInfo.InvariantCulture, $"section {section} has {size} bytes; at most {limit} are read"))
        {
            Where = file,
            Hint = "the section should hold a short text; the file may be damaged",
        };

    public static Fault DuplicateSection(string file, string section) =>
        new("IFI310", ExitCode.InvalidInput, $"section {section} occurs more than once")
        {
            Where = file,
            Hint = "only images with a single profile are read",
        };

    public static Fault NoSectionRoom(string file, string section, long needed, long room) =>
        new("IFI311", ExitCode.InvalidInput, string.Create(CultureInfo.InvariantCulture, $"the new content of section {section} takes {needed} bytes; the stub has room for {room}"))
        {
            Where = file,
            Hint = "shorten the entries that are added to the section",
        };
}
