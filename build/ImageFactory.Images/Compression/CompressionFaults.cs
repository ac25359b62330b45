using ImageFactory.Model;

namespace ImageFactory.Images.Compression;

internal static class CompressionFaults
{
    public static Fault NoLibrary(string library, string package) =>
        new("IFI601", ExitCode.Unavailable, $"the library {library} is not there or too old")
        {
            Hint = $"install it: apt-get install {package} (Debian, Ubuntu); on RHEL and Fedora the package is {(library.Contains("zstd", StringComparison.Ordinal) ? "libzstd" : "xz-libs")}",
        };

    public static Fault Corrupt(string format, string what) =>
        new("IFI602", ExitCode.InvalidInput, $"the {format} data is damaged: {what}")
        {
            Hint = "the file may be cut or its download incomplete: compare its digest with the publisher's",
        };

    public static Fault Truncated(string format) =>
        new("IFI603", ExitCode.InvalidInput, $"the {format} data ends too early")
        {
            Hint = "the file was cut: download or copy it again",
        };
}
