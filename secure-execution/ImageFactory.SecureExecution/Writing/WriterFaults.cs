using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.SecureExecution.Writing;

/// <summary>Faults about what goes into an image (IFS211 to IFS249) and about writing it (IFS301 to IFS319).</summary>
internal static class WriterFaults
{
    public const string HostKeyCountCode = "IFS219";

    private const string RawKernel =
        "give the raw s390x kernel: the file /boot/vmlinuz-* of an s390x kernel package, not vmlinux, not one for another machine";

    public static Fault LoaderMissing(string path, Exception cause) => new("IFS211", ExitCode.MissingInput, $"the boot loader cannot be read: {cause.Message}")
    {
        Where = path,
        Hint = "name a folder with stage3a.bin and stage3b_reloc.bin; they are in the s390x package s390-tools of Debian sid (2.40 or later, "
            + "/usr/share/s390-tools/pvimg) and of RHEL, Fedora and Ubuntu for s390x (older ones: /usr/share/s390-tools/genprotimg); unpacking the package is enough",
    };

    public static Fault LoaderSize(string path, long size, int argumentsSize) => new("IFS212", ExitCode.InvalidInput, $"a boot loader cannot have {size} bytes")
    {
        Where = path,
        Hint = $"it ends with {argumentsSize} bytes for its arguments and has at most 1 MiB: take the file of the s390-tools package",
    };

    public static Fault CannotRead(string file, string what, Exception cause) => new("IFS213", ExitCode.MissingInput, $"the {what} cannot be read: {cause.Message}")
    {
        Where = file,
        Hint = "check path and permissions",
    };

    public static Fault EmptyKernel(string file) => Kernel("IFS214", file, "the kernel file is empty");

    public static Fault ElfKernel(string file) => Kernel("IFS215", file, "the kernel is an ELF file; Secure Execution starts raw images only");

    public static Fault CompressedKernel(string file, string format) => Kernel("IFS216", file, $"the kernel is {format}, not a raw s390x image");

    public static Fault NotAKernel(string file, string found) => Kernel("IFS217", file, $"this is no s390x Linux kernel: {found}");

    public static Fault CommandLineTooLong(string file, long size, long maximum, bool oldKernel) => new(
        "IFS218",
        ExitCode.InvalidInput,
        $"the kernel command line has {size} bytes with its NUL; this kernel takes {maximum}")
    {
        Where = file,
        Hint = oldKernel ? "the kernel is too old to say how much it takes, so 896 holds: shorten the line or take a newer kernel" : "shorten the line",
    };

    public static Fault HostKeyCount(int count) => new(
        HostKeyCountCode,
        ExitCode.InvalidInput,
        count == 0 ? "no host key document is given" : $"{count} host key documents are given; a header has room for 95")
    {
        Hint = count == 0
            ? "give the HKD of each machine that may run the image"
            : "build several images, each for at most 95 machines",
    };

    public static Fault KeySize(string what, int size, int expected) => new("IFS220", ExitCode.InvalidInput, $"the {what} has {size} bytes; {expected} are needed")
    {
        Where = what,
        Hint = "a key is raw bytes: no hex, no base64, no line end",
    };

    public static Fault EqualHalves() => new("IFS221", ExitCode.InvalidInput, "the two halves of the image key are equal")
    {
        Where = "image key",
        Hint = "draw all 64 bytes from a random source, or leave the key out",
    };

    public static Fault Changed(string file, long expected, long found) => new(
        "IFS222",
        ExitCode.InvalidInput,
        $"the file changed while it was read: {expected} bytes were there at first, {found} now")
    {
        Where = file,
        Hint = "let nothing else write the file during the build",
    };

    public static Fault NotAnAddress(string text) => new("IFS223", ExitCode.InvalidInput, $"'{text}' is not an address of at most 16 hexadecimal digits")
    {
        Where = "--x-psw",
        Hint = "leave it out: the image then starts with stage3b",
    };

    public static Fault OutputExists(string path) => new("IFS301", ExitCode.CannotWrite, "the output exists already")
    {
        Where = path,
        Hint = "remove it, choose another name, or allow overwriting",
    };

    public static Fault CannotCreate(string path, Exception cause) => new("IFS302", ExitCode.CannotWrite, $"the output cannot be created: {cause.Message}")
    {
        Where = path,
        Hint = "check that the folder exists and may be written",
    };

    public static Fault Busy(string path) => new("IFS303", ExitCode.CannotWrite, "another run is writing this output")
    {
        Where = path,
        Hint = "wait for it, or choose another name",
    };

    public static Fault NoSpace(string path, long needed) => new(
        "IFS304",
        ExitCode.CannotWrite,
        string.Create(CultureInfo.InvariantCulture, $"there is not enough space for {needed} bytes"))
    {
        Where = path,
        Hint = "free some space, or write to another file system",
    };

    public static Fault CannotWrite(string path, Exception cause) => new("IFS305", ExitCode.CannotWrite, $"writing failed: {cause.Message}")
    {
        Where = path,
        Hint = "nothing was left behind; mend the cause and build again",
    };

    private static Fault Kernel(string code, string file, string message) => new(code, ExitCode.InvalidInput, message) { Where = file, Hint = RawKernel };
}
