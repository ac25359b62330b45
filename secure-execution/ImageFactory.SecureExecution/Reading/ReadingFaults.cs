using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.SecureExecution.Reading;

/// <summary>Faults about finding an image (IFS410 to IFS414).</summary>
internal static class ReadingFaults
{
    public static Fault SeveralHeaders(string name, string first, string second) => new("IFS410", ExitCode.InvalidInput, $"there are several Secure Execution headers that differ: {first}; {second}")
    {
        Where = name,
        Hint = "give the se.img itself: left-overs of older images are on this disk",
    };

    public static Fault MetadataPointOutside(string place, ulong offset, long length) => new(
        "IFS411",
        ExitCode.InvalidInput,
        string.Create(CultureInfo.InvariantCulture, $"the image says that its header is at 0x{offset:x}, but it ends at 0x{length:x}"))
    {
        Where = place,
        Hint = "the file is cut off or damaged: copy it again",
    };

    public static Fault StillQcow(string name) => new("IFS412", ExitCode.InvalidInput, "this is a qcow2 file as it lies on the disk, not the bytes of the virtual disk in it")
    {
        Where = name,
        Hint = "open it through the qcow2 reader",
    };
}
