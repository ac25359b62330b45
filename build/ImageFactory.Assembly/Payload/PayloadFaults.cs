using ImageFactory.Model;

namespace ImageFactory.Assembly.Payload;

/// <summary>Faults of what a recipe puts into the base.</summary>
internal static class PayloadFaults
{
    public static Fault FolderMissing(string path) =>
        new("IFA201", ExitCode.MissingInput, "there is no such folder")
        {
            Where = path,
            Hint = "mend payload.path; it is relative to the recipe",
        };

    public static Fault Unreadable(string path, string problem) =>
        new("IFA202", ExitCode.MissingInput, $"it cannot be read: {problem}")
        {
            Where = path,
            Hint = "make it readable for the user who builds, or take it out of the payload",
        };

    public static Fault Socket(string path) =>
        new("IFA203", ExitCode.InvalidInput, "it is a socket, which means nothing in an image")
        {
            Where = path,
            Hint = "take it out of the payload",
        };

    public static Fault Device(string path) =>
        new("IFA204", ExitCode.InvalidInput, "it is a device node")
        {
            Where = path,
            Hint = "take it out of the payload; the kernel makes /dev by itself",
        };

    public static Fault NoSuchPath(string payload, string path, string? nearest) =>
        new("IFA205", ExitCode.InvalidInput, $"modes names {path}, which the payload does not bring")
        {
            Where = payload,
            Hint = nearest is null ? "write the path as it is inside the image" : $"did you mean {nearest}?",
        };

    public static Fault BadMode(string payload, string path, string mode) =>
        new("IFA206", ExitCode.InvalidInput, $"'{mode}' is no mode for {path}")
        {
            Where = payload,
            Hint = "write three or four octal digits in quotes, as \"0755\"",
        };

    public static Fault BadFolder(string payload, string key, string value, string problem) =>
        new("IFA207", ExitCode.InvalidInput, $"{key} is '{value}': {problem}")
        {
            Where = payload,
            Hint = "write a path from the root on, without '..'",
        };

    public static Fault ArchiveMissing(string path, string problem) =>
        new("IFA208", ExitCode.MissingInput, $"the archive cannot be read: {problem}")
        {
            Where = path,
            Hint = "mend payload.path; it is relative to the recipe",
        };

    public static Fault DigestDiffers(string path, string wanted, string found) =>
        new("IFA209", ExitCode.InvalidInput, $"its SHA-256 is {found}, the recipe expects {wanted}")
        {
            Where = path,
            Hint = "fetch the archive again; if it was changed on purpose, put its new digest into the recipe",
        };

    public static Fault UnknownFormat(string path, string what) =>
        new("IFA210", ExitCode.InvalidInput, $"it is {what}")
        {
            Where = path,
            Hint = "give a tar archive, plain or compressed with gzip, xz or zstd",
        };

    public static Fault Corrupt(string path, string format, string problem) =>
        new("IFA211", ExitCode.InvalidInput, $"its {format} data is damaged: {problem}")
        {
            Where = path,
            Hint = "fetch or make the archive again",
        };

    public static Fault NothingInside(string path, string inside, string? nearest) =>
        new("IFA212", ExitCode.InvalidInput, $"there is nothing at {inside} inside the archive")
        {
            Where = path,
            Hint = nearest is null ? "list the archive with tar -t and mend inside" : $"did you mean {nearest}?",
        };

    public static Fault Expands(string path, long limit) =>
        new("IFA213", ExitCode.InvalidInput, $"it expands to more than {limit} bytes")
        {
            Where = path,
            Hint = "look at where the archive comes from",
        };

    public static Fault NoSpace(string path, string problem) =>
        new("IFA214", ExitCode.CannotWrite, $"its decompressed content cannot be written: {problem}")
        {
            Where = path,
            Hint = "make room where the build works",
        };

    public static Fault BadName(string path, string problem) =>
        new("IFA215", ExitCode.InvalidInput, $"it cannot be in an image: {problem}")
        {
            Where = path,
            Hint = "rename it",
        };

    public static Fault TooMuch(string path, string limit) =>
        new("IFA216", ExitCode.InvalidInput, $"the payload has more than {limit}; this is one too many")
        {
            Where = path,
            Hint = "is it the right folder? Split it if it is",
        };

    public static Fault SetId(string path, string mode) =>
        new Fault("IFA217", ExitCode.InvalidInput, $"it runs with its owner's rights (mode {mode})")
        {
            Where = path,
            Hint = "if that is not meant, set its mode under modes",
        }.AsWarning();
}
